"""What a saved plan is bound to, and what makes it stale."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.errors import SavedPlanError
from reconciler.model.account import Account, AccountKey, AccountSpec, KeyType, SecretReference
from reconciler.model.certificate import Certificate, CertificateSpec
from reconciler.model.desired import Desired
from reconciler.model.encryption import Encryption, KeyEncryption
from reconciler.model.evidence import Evidence
from reconciler.model.finding import Finding, Location
from reconciler.model.instruction import Instruction, Leftovers
from reconciler.model.observed import FileChanges, Observed
from reconciler.model.order import CANCELLED, CLOSED_STAGES, Order, Stage, Status
from reconciler.model.origin import Origin
from reconciler.model.problem import Problem
from reconciler.model.renewal import RenewalInfo, RenewalRule
from reconciler.model.requested_end import RequestedEnd
from reconciler.model.revocation import Revocation, RevocationReason
from reconciler.model.role import ChallengeType, IdentifierPopulation
from reconciler.model.selection import Selection
from reconciler.model.settings import Settings
from reconciler.plan.bindings import plan_digest
from reconciler.plan.diff import make_plan
from reconciler.plan.generations import Touched, asked_of_account, asked_of_certificate, generation
from reconciler.plan.saved import (
    NowDenied,
    NowHeldBack,
    NowOther,
    RecordChanged,
    SavedPlan,
    TreeChanged,
    TreeDropped,
    TreeReturned,
    known_lineage,
    match,
    not_due,
    save,
)
from reconciler.plan.saved_form import decode_saved_plan, encode_saved_plan
from tests.unit.values import (
    DAY,
    HERE,
    NOW,
    account,
    account_spec,
    authorization,
    certificate,
    names,
    order,
    role,
    spec,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from msgspec import Struct

    from reconciler.plan.saved import Change, Match

PROBLEM = Problem("urn:ietf:params:acme:error:unauthorized")
REVOCATION = Revocation(NOW, RevocationReason.SUPERSEDED)
KEY = AccountKey(1, KeyType.EC_256, NOW, "another")
FETCHING = Stage.FETCHING_CERTIFICATE
OTHER_ID = "0197299e-0000-7000-8000-000000000009"
LEFT = Leftovers(
    "1",
    "www",
    (Instruction("1", "www", names("www.example.com")[0], ChallengeType.DNS_01, "token", "authorization"),),
)

# What decides, and what does not

DECISIVE: dict[type, dict[str, Any]] = {
    Account: {
        "directory_url": "https://other.test",
        "account_url": None,
        "email_contacts": ("a@example.com",),
        "trusted_ca": "-----BEGIN",
        "additional_hosts": ("other.ca.test",),
        "account_keys": (account().active_key, KEY),
        "active_key_version": 1,
        "pending_key_version": 1,
    },
    Certificate: {
        "role_name": "mail",
        "account_name": "other",
        "identifiers": names("api.example.com"),
        "key_type": KeyType.RSA_2048,
        "order_id": OTHER_ID,
        "serial_number": "04",
        "csr_digest": "00",
        "profile": "classic",
        "must_staple": True,
        "requested_end": "30d",
        "revocation": REVOCATION,
        "order_anew": True,
    },
    Order: {
        "role_name": "mail",
        "account_name": "other",
        "identifiers": names("api.example.com"),
        "key_type": KeyType.RSA_2048,
        "order_id": OTHER_ID,
        "csr_digest": "00",
        "profile": "classic",
        "must_staple": True,
        "requested_end": "30d",
        "revocation": REVOCATION,
        "retry_wanted": True,
        "stage": Stage.COMPLETED,
    },
}
OF_NO_MATTER: dict[type, dict[str, Any]] = {
    Account: {
        "creation_date": NOW + DAY,
        "last_updated_date": NOW + DAY,
        "orders_url": "https://ca.test/orders",
        "caa_identities": ("ca.test",),
        "last_error": PROBLEM,
    },
    Certificate: {
        "issuer": "another",
        "not_before": NOW,
        "not_after": NOW,
        "files": {},
        "superseded_files": {"a": "b"},
        "evidence": Evidence(()),
        "certificate_id": "a.b",
        "origin": Origin("a" * 40),
        "renewal_info": RenewalInfo(NOW),
        "suggested": True,
    },
    Order: {
        "creation_date": NOW + DAY,
        "last_update": NOW + DAY,
        "status": Status.PENDING,
        "order_url": "https://ca.test/order",
        "finalize_url": "https://ca.test/finalize",
        "certificate_url": "https://ca.test/certificate",
        "expires": NOW,
        "authorization_urls": ("https://ca.test/authorization",),
        "authorizations": (authorization(),),
        "next_work_date": NOW,
        "last_error": PROBLEM,
        "attempt": 2,
        "previous_order_id": OTHER_ID,
        "serial_number": "04",
        "evidence": Evidence(()),
        "origin": Origin("a" * 40),
        "not_after": NOW,
        "replaces": "a.b",
        "suggested": True,
        "finalized": True,
    },
}
RECORDS: dict[type[Struct], Any] = {Account: account(), Certificate: certificate(), Order: order()}
NAMES = {Account: {"name"}, Certificate: {"name"}, Order: {"certificate_name"}}
KINDS: dict[type[Struct], Touched] = {
    Account: Touched.ACCOUNT,
    Certificate: Touched.CERTIFICATE,
    Order: Touched.ORDER,
}


def generation_of(record: Any) -> str | None:  # noqa: ANN401
    made: dict[type[Struct], Callable[[], Observed]] = {
        Account: lambda: Observed(accounts={"x": record}),
        Certificate: lambda: Observed(certificates={"x": record}),
        Order: lambda: Observed(orders={"x": record}),
    }
    return generation(made[type(record)](), KINDS[type(record)], "x")


def cases(table: dict[type[Struct], dict[str, Any]]) -> list[tuple[type[Struct], str, Any]]:
    return [(kind, field, value) for kind, row in table.items() for field, value in row.items()]


@pytest.mark.parametrize("kind", RECORDS)
def test_each_field_of_a_record_decides_or_does_not(kind: type[Struct]) -> None:
    known = set(kind.__struct_fields__)
    thought_about = NAMES[kind] | DECISIVE[kind].keys() | OF_NO_MATTER[kind].keys()
    assert known == thought_about, "does a new field decide what is to be done? then into `generations.py`"


@pytest.mark.parametrize(("kind", "field", "value"), cases(DECISIVE))
def test_what_decides_is_another_generation(kind: type, field: str, value: object) -> None:
    assert generation_of(replace(RECORDS[kind], **{field: value})) != generation_of(RECORDS[kind])


@pytest.mark.parametrize(("kind", "field", "value"), cases(OF_NO_MATTER))
def test_what_does_not_decide_is_none(kind: type, field: str, value: object) -> None:
    assert generation_of(replace(RECORDS[kind], **{field: value})) == generation_of(RECORDS[kind])


def test_how_far_an_order_is_decides_only_once_it_is_issued_or_over() -> None:
    under_way = {generation_of(order(stage=each)) for each in Stage if each not in (*CLOSED_STAGES, FETCHING)}
    assert under_way == {generation_of(order())}
    assert len({generation_of(order(stage=each)) for each in (Stage.NEW, FETCHING, *CLOSED_STAGES)}) == 6


def test_how_an_order_has_ended_decides() -> None:
    failed = replace(order(stage=Stage.ERROR), last_error=PROBLEM)
    assert generation_of(failed) != generation_of(replace(failed, last_error=Problem(CANCELLED)))


def test_what_an_order_needs_of_its_account_is_where_it_is_registered() -> None:
    def registration(known: Account | None) -> str | None:
        return generation(Observed(accounts={"ca": known} if known else {}), Touched.REGISTRATION, "ca")

    assert registration(replace(account(), account_keys=(KEY,), active_key_version=1)) == registration(
        account()
    )
    others = [
        None,
        replace(account(), account_url=None),
        replace(account(), directory_url="https://other.test"),
    ]
    assert len({registration(each) for each in (*others, account())}) == 4


@pytest.mark.parametrize(
    ("changes", "is_other"),
    [
        ({"identifiers": names("api.example.com")}, True),
        ({"identifiers": names("WWW.example.com.")}, False),
        ({"wanted_key_type": KeyType.RSA_2048}, True),
        ({"wanted_key_type": KeyType.EC_256}, False),
        ({"csr_digest": "00"}, True),
        ({"profile": "classic"}, True),
        ({"reuse_key": True}, True),
        ({"must_staple": True}, True),
        ({"preferred_chain": "root"}, True),
        ({"not_after": RequestedEnd(after=DAY)}, True),
        ({"revoke": RevocationReason.SUPERSEDED}, True),
        ({"role": role("mail")}, True),
        ({"role": role(account="other")}, True),
        ({"role": role(key_type=KeyType.RSA_2048)}, True),
        ({"role": replace(role(), csr_identifier_population=IdentifierPopulation.SANS_ONLY)}, True),
        ({"role": replace(role(), preferred_chain="root")}, True),
        ({"role": replace(role(), allowed_profiles=("classic",))}, True),
        ({"role": replace(role(), allowed_domains=("example.com",))}, False),
        ({"challenge_type": ChallengeType.DNS_01}, False),
        ({"renew": RenewalRule(fraction=0.5)}, False),
        ({"location": Location("elsewhere/certificates/www.yaml", 7, 1)}, False),
        ({"fulfillment": {ChallengeType.DNS_01: "corp"}}, False),
    ],
)
def test_what_is_asked_of_a_certificate(changes: dict[str, Any], is_other: bool) -> None:
    changed: CertificateSpec = replace(spec(), **changes)
    assert (asked_of_certificate(changed) != asked_of_certificate(spec())) is is_other


@pytest.mark.parametrize(
    ("changes", "is_other"),
    [
        ({"directory_url": "https://other.test"}, True),
        ({"email_contacts": ("a@example.com",)}, True),
        ({"key_type": KeyType.RSA_2048}, True),
        ({"terms_of_service_agreed": True}, True),
        ({"eab_kid": "kid"}, True),
        ({"trusted_ca": "-----BEGIN"}, True),
        ({"additional_hosts": ("other.ca.test",)}, True),
        ({"key_max_age": DAY}, True),
        ({"eab_key": SecretReference(env="KEY")}, False),
        ({"max_concurrent_new_orders": 9}, False),
        ({"location": Location("elsewhere", 7, 1)}, False),
    ],
)
def test_what_is_asked_of_an_account(changes: dict[str, Any], is_other: bool) -> None:
    changed: AccountSpec = replace(account_spec(), **changes)
    assert (asked_of_account(changed) != asked_of_account(account_spec())) is is_other


# One of each action


def desired() -> Desired:
    specs = [
        *(spec(each) for each in ("new", "due", "files", "open", "other")),
        replace(spec("revoked"), revoke=RevocationReason.SUPERSEDED),
        spec("fresh", of=role("mail", "fresh")),
    ]
    accounts = {
        "ca": replace(account_spec(), email_contacts=("a@example.com",), key_max_age=DAY),
        "fresh": account_spec("fresh"),
        "aged": replace(account_spec("aged"), key_max_age=DAY),
    }
    roles = {"web": role(), "mail": role("mail", "fresh")}
    certificates = {each.name: each for each in specs}
    settings = Settings(encryption=Encryption(("age1new",)))
    return Desired(settings, accounts=accounts, roles=roles, certificates=certificates)


def observed() -> Observed:
    certificates = {each: certificate(each) for each in ("files", "revoked", "gone", "other")}
    certificates["due"] = certificate("due", age=80 * DAY)
    abandoned = replace(order("other", "api.example.com"), order_id=OTHER_ID)
    aged = replace(
        account("aged"), account_keys=(replace(account().active_key, key_creation_date=NOW - 9 * DAY),)
    )
    return Observed(
        accounts={"ca": account(), "aged": aged, "old": account("old")},
        certificates=certificates,
        orders={"open": order("open"), "other": abandoned},
        file_changes={"files": FileChanges(missing=("cert.pem",))},
        leftovers={"1": LEFT},
        keys=KeyEncryption(("age1old",), encrypted=3),
    )


DENIED = {"new": (Finding("denied", "no", HERE),)}


def saved_plan() -> SavedPlan:
    return save(make_plan(desired(), observed(), NOW), observed(), "lineage")


def matched(
    wanted: Desired | None = None,
    known: Observed | None = None,
    denials: dict[str, tuple[Finding, ...]] | None = None,
    now: datetime = NOW,
) -> Match:
    wanted, known = wanted or desired(), known or observed()
    return match(saved_plan(), make_plan(wanted, known, now, denials), wanted, known)


def stale(**changes: Any) -> dict[tuple[str, str], tuple[Change, ...]]:  # noqa: ANN401
    found = matched(**changes)
    return {(each.binding.action, each.binding.name): each.changes for each in found.stale}


def test_one_of_each_is_saved() -> None:
    assert {each.action for each in saved_plan().bindings} == {
        *("register_account", "update_account", "rotate_key", "deactivate_account"),
        *("create_order", "resume_order", "abandon_order", "deliver_certificate"),
        *("revoke_certificate", "forget_certificate", "clean_up", "reencrypt_keys"),
    }


def test_what_has_not_changed_is_done_as_it_was_saved() -> None:
    found = matched()
    assert (found.stale, found.done, found.left) == ((), (), 0)
    assert found.plan == make_plan(desired(), observed(), NOW)


def test_what_does_not_touch_it_leaves_it_as_it_is() -> None:
    wanted, known = desired(), observed()
    wanted = replace(
        wanted,
        accounts={**wanted.accounts, "more": account_spec("more")},
        certificates={**wanted.certificates, "more": spec("more", of=role("more", "more"))},
        roles={**wanted.roles, "more": role("more", "more")},
    )
    later = {
        name: replace(each, renewal_info=RenewalInfo(NOW + DAY)) for name, each in known.certificates.items()
    }
    known = replace(
        known,
        certificates={**later, "forgotten": certificate("forgotten")},
        orders={name: replace(each, last_update=NOW + DAY) for name, each in known.orders.items()},
    )
    found = matched(wanted, known)
    assert (found.stale, found.done) == ((), ())
    assert found.left == 3
    assert len(found.plan.actions) == len(saved_plan().bindings)


def test_what_is_held_back_or_denied_besides_is_not_part_of_it() -> None:
    wanted, known = desired(), observed()
    more = {**wanted.certificates, "held": spec("held"), "no": spec("no")}
    failed = replace(order("held", stage=Stage.ERROR), next_work_date=NOW + DAY)
    found = matched(
        replace(wanted, certificates=more),
        replace(known, orders={**known.orders, "held": failed}),
        {"no": DENIED["new"]},
    )
    assert found.stale == ()
    only = found.plan
    assert (only.held_back, only.denied, only.denied_certificates) == ((), (), ())


def changed_tree(name: str, **changes: Any) -> Desired:  # noqa: ANN401
    wanted = desired()
    changed = replace(wanted.certificates[name], **changes)
    return replace(wanted, certificates={**wanted.certificates, name: changed})


def without(name: str) -> Desired:
    wanted = desired()
    return replace(
        wanted, certificates={key: each for key, each in wanted.certificates.items() if key != name}
    )


def test_the_tree_asks_for_something_else() -> None:
    assert stale(wanted=changed_tree("new", must_staple=True)) == {("create_order", "new"): (TreeChanged(),)}
    assert stale(wanted=without("new")) == {("create_order", "new"): (TreeDropped(),)}
    again = {**desired().certificates, "gone": spec("gone")}
    found = stale(wanted=replace(desired(), certificates=again))
    assert found == {("forget_certificate", "gone"): (TreeReturned(),)}
    accounts = {**desired().accounts, "ca": replace(account_spec(), email_contacts=("b@example.com",))}
    assert stale(wanted=replace(desired(), accounts=accounts)) == {("update_account", "ca"): (TreeChanged(),)}
    accounts = {**desired().accounts, "old": account_spec("old")}
    found = stale(wanted=replace(desired(), accounts=accounts))
    assert found == {("deactivate_account", "old"): (TreeReturned(),)}


def changed_state(**changes: dict[str, Any]) -> Observed:
    known = observed()
    merged: dict[str, Any] = {name: {**getattr(known, name), **each} for name, each in changes.items()}
    return replace(known, **merged)


@pytest.mark.parametrize(
    ("known", "action", "touched"),
    [
        (
            changed_state(certificates={"new": certificate("new")}),
            ("create_order", "new"),
            Touched.CERTIFICATE,
        ),
        (changed_state(orders={"new": order("new")}), ("create_order", "new"), Touched.ORDER),
        (
            changed_state(orders={"open": order("open", stage=Stage.FETCHING_CERTIFICATE)}),
            ("resume_order", "open"),
            Touched.ORDER,
        ),
        (
            changed_state(
                certificates={"revoked": replace(certificate(), revocation=REVOCATION, name="revoked")}
            ),
            ("revoke_certificate", "revoked"),
            Touched.CERTIFICATE,
        ),
        (
            changed_state(certificates={"files": replace(certificate("files"), serial_number="05")}),
            ("deliver_certificate", "files"),
            Touched.CERTIFICATE,
        ),
        (
            changed_state(certificates={"gone": replace(certificate("gone"), serial_number="05")}),
            ("forget_certificate", "gone"),
            Touched.CERTIFICATE,
        ),
        (changed_state(accounts={"fresh": account("fresh")}), ("register_account", "fresh"), Touched.ACCOUNT),
        (
            changed_state(leftovers={"1": replace(LEFT, instructions=())}),
            ("clean_up", "www"),
            Touched.LEFTOVERS,
        ),
    ],
)
def test_the_state_has_moved_on(known: Observed, action: tuple[str, str], touched: Touched) -> None:
    found = stale(known=known)
    changes = found[action]
    assert [each.touch.kind for each in changes if isinstance(each, RecordChanged)] == [touched]
    assert not any(isinstance(each, NowOther) for each in changes)


def test_the_keys_are_for_others_by_now() -> None:
    key = "reencrypt_keys", "private keys"
    settings = Settings(encryption=Encryption(("age1new", "age1other")))
    assert stale(wanted=replace(desired(), settings=settings)) == {key: (TreeChanged(),)}
    known = replace(observed(), keys=KeyEncryption(("age1old", "age1more"), encrypted=3))
    [found] = stale(known=known)[key]
    assert isinstance(found, RecordChanged)
    # One key more is no matter.
    assert stale(known=replace(observed(), keys=KeyEncryption(("age1old",), encrypted=4))) == {}


def test_of_two_orders_for_one_certificate_it_is_that_one() -> None:
    beside = replace(order("open"), order_id=OTHER_ID)
    known = replace(observed(), orders={"open": order("open")}, surplus=(beside,))
    early = save(make_plan(desired(), known, NOW), known, "")
    assert ("abandon_order", "open", OTHER_ID) in {each.key for each in early.bindings}
    assert match(early, make_plan(desired(), known, NOW), desired(), known).stale == ()
    issued = replace(known, surplus=(replace(beside, stage=FETCHING),))
    [found] = match(early, make_plan(desired(), issued, NOW), desired(), issued).stale
    [change] = found.changes
    assert isinstance(change, RecordChanged)
    assert (change.touch.kind, change.touch.name) == (Touched.ORDER, OTHER_ID)


def test_an_account_that_is_gone_takes_its_orders_with_it() -> None:
    known = observed()
    found = stale(
        known=replace(known, accounts={"old": known.accounts["old"], "aged": known.accounts["aged"]})
    )
    names = {name for _, name in found}
    assert names == {"ca", "new", "due", "open"}


def test_it_is_denied_or_held_back_now() -> None:
    assert stale(denials=DENIED) == {("create_order", "new"): (NowDenied(),)}
    busy = replace(order("x"), account_name="aged")
    found = stale(known=changed_state(orders={"x": busy}))
    assert found == {("rotate_key", "aged"): (NowHeldBack(),)}


def test_time_makes_something_else_of_it() -> None:
    known = changed_state(orders={"open": replace(order("open"), expires=NOW + DAY)})
    early = save(make_plan(desired(), known, NOW), known, "")
    found = match(early, make_plan(desired(), known, NOW + 2 * DAY), desired(), known)
    changes = {each.binding.name: each.changes for each in found.stale}
    assert changes["open"] == (NowOther(("create_order",)),)


def test_what_is_not_due_any_more_can_be_asked_about() -> None:
    later = RenewalInfo(NOW, None, NOW + 5 * DAY)
    known = changed_state(certificates={"due": replace(certificate("due", age=80 * DAY), renewal_info=later)})
    found = matched(known=known)
    assert [each.changes for each in found.stale] == [(NowOther(),)]
    assert not_due(found.stale) == ["due"]
    assert not_due(matched(wanted=without("new")).stale) == []


def test_what_has_come_to_its_end_without_us_is_done() -> None:
    found = matched(known=replace(observed(), file_changes={}, leftovers={}))
    assert found.stale == ()
    assert {each.action for each in found.done} == {"deliver_certificate", "clean_up"}
    denied = stale(known=replace(observed(), file_changes={}), denials={"files": DENIED["new"]})
    assert denied == {("deliver_certificate", "files"): (NowDenied(),)}


# The digest


def test_the_digest_is_of_all_that_would_be_done() -> None:
    saved = saved_plan()
    assert saved.digest == plan_digest(reversed(saved.bindings), "lineage")
    assert (
        saved.digest
        == save(make_plan(desired(), observed(), NOW + timedelta(minutes=1)), observed(), "lineage").digest
    )
    others = [
        save(make_plan(desired(), observed(), NOW), observed(), "other"),
        save(make_plan(without("new"), observed(), NOW), observed(), "lineage"),
        save(make_plan(changed_tree("new", must_staple=True), observed(), NOW), observed(), "lineage"),
        replace(saved, bindings=saved.bindings[1:]),
    ]
    assert len({each.digest for each in (saved, *others)}) == 5


def test_which_state_it_is_matters_as_soon_as_it_has_a_record() -> None:
    assert known_lineage(Observed(), "lineage") is None
    assert known_lineage(observed(), "lineage") == "lineage"


def test_the_digest_stays_what_it_is() -> None:
    # What was reviewed with one version can be applied with the next.
    plan = make_plan(Desired(certificates={"www": spec()}, roles={"web": role()}), Observed(), NOW)
    assert save(plan, Observed(), "").digest == PINNED


PINNED = "sha256:51fc952a44254866f8c5a47c3763bedae211e69125f050dba4a22dbdbec3dd15"

# The form


def test_a_saved_plan_comes_back_as_it_was() -> None:
    chosen = Selection(("shop/*",), ("a",), ("web",), ("ca",))
    saved = replace(saved_plan(), selection=chosen, commit="a" * 40)
    document = {"format_version": "1.7", "kind": "saved_plan", **encode_saved_plan(saved), "later": 1}
    assert decode_saved_plan(json.loads(json.dumps(document))) == saved


def form(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"format_version": "1.0", "kind": "saved_plan", **encode_saved_plan(saved_plan()), **changes}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "no mapping"),
        ([], "no mapping"),
        ({}, "it is no saved plan"),
        (form(kind="plan"), "it is no saved plan; `reconciler plan --out FILE` writes one"),
        (form(format_version="2.0"), "written by a newer reconciler; this one knows 1.x"),
        (form(format_version=1), "`format_version`"),
        (form(format_version="one"), "`format_version`"),
        (form(actions=None), "`actions`"),
        (form(actions=[1]), "an item of `actions` is no mapping"),
        (form(actions=[]), "it is not as it was written"),
        (form(lineage="another"), "it is not as it was written"),
        (form(lineage=7), "`lineage`"),
        (form(lineage="\ud800"), "`lineage`"),
        (form(commit="x"), "`commit`"),
        (form(digest="sha256:0"), "it is not as it was written"),
        (form(selection={"select": "shop"}), "`select`"),
        (form(selection={"select": ["a" * 9999], "exclude": [], "roles": [], "accounts": []}), "`select`"),
        (form(selection={"select": ["a"] * 9999, "exclude": [], "roles": [], "accounts": []}), "`select`"),
        (form(actions=[{"action": "x", "name": "y", "touches": [{"kind": "z"}]}]), "it touches a `z`"),
        (form(actions=[{"action": "x", "name": "y", "asked": "z", "touches": []}]), "`asked`"),
    ],
)
def test_what_is_no_saved_plan_says_why(document: object, message: str) -> None:
    with pytest.raises(SavedPlanError) as caught:
        decode_saved_plan(document)
    assert message in str(caught.value)


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(sorted(form())), anything), st.booleans())
def test_whatever_it_says_it_is_an_error_or_a_plan(changes: dict[str, object], is_whole: bool) -> None:
    document = {**form(), **changes} if is_whole else changes
    try:
        decoded = decode_saved_plan(document)
    except SavedPlanError:
        return
    # What is read has the digest that it says.
    assert decoded.digest == document["digest"]


@given(st.data())
def test_a_forged_plan_does_nothing_that_the_tree_does_not_ask_for(data: st.DataObject) -> None:
    """Whatever actions are named: only what the plan made now has is ever done, and only all of it."""
    wanted, known = desired(), observed()
    plan = make_plan(wanted, known, NOW)
    bindings = list(saved_plan().bindings)
    chosen = data.draw(st.lists(st.sampled_from(bindings)))
    forged = [
        replace(each, name=data.draw(st.sampled_from(["new", "x", "ca"])))
        if data.draw(st.booleans())
        else each
        for each in chosen
    ]
    found = match(SavedPlan(tuple(forged)), plan, wanted, known)
    assert all(each in plan.actions for each in found.plan.actions)
    if not found.stale and not found.done:
        assert {each.key for each in forged} == {each.key for each in save(found.plan, known, "").bindings}
