"""Records that cannot be read: what is held back for them, and what is not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from reconciler.model.desired import Desired
from reconciler.model.encryption import KeyEncryption
from reconciler.model.flaw import FlawedRecord, RecordKind
from reconciler.model.observed import FileChanges, Observed
from reconciler.model.order import Order, Stage
from reconciler.model.revocation import RevocationReason
from reconciler.plan.actions import Plan, ResumeOrder
from reconciler.plan.diff import make_plan
from reconciler.plan.flawed import flaws_about
from reconciler.plan.reasons import RecordFlawed
from reconciler.render.wording.plans import held_back_title, plan_summary
from tests.unit.values import DAY, NOW, account, account_spec, certificate, names, order, role, spec

OTHER_ROLE = replace(role("api", "other"))
WANTED = Desired(
    accounts={"ca": account_spec(), "other": account_spec("other")},
    roles={"web": role(), "api": OTHER_ROLE},
    certificates={
        "api": spec("api", "api.example.com", of=OTHER_ROLE),
        "new": spec("new", "new.example.com"),
        "www": spec("www"),
    },
)
KNOWN = Observed(accounts={"ca": account(), "other": account("other")})


def flaw(
    kind: RecordKind, name: str, *certificates: str, of: str | None = None, asks: tuple[str, ...] = ()
) -> FlawedRecord:
    return FlawedRecord(kind, name, f"state/{name}.yaml", 3, "it is empty", certificates, of, names(*asks))


def plan(*flawed: FlawedRecord, wanted: Desired = WANTED, observed: Observed = KNOWN) -> Plan:
    return make_plan(wanted, replace(observed, flawed=flawed), NOW)


def subjects(made: Plan) -> list[tuple[str, str]]:
    return [(each.kind, each.subject) for each in made.actions]


def ordered(made: Plan) -> set[str]:
    return {each.subject for each in made.actions if each.kind == "create_order"}


def test_nothing_is_done_about_a_certificate_of_which_nothing_is_known() -> None:
    made = plan(flaw(RecordKind.CERTIFICATE, "www", "www"))
    assert ordered(made) == {"api", "new"}
    [held] = made.held_back
    assert (held.subject, held.reasons, held.until) == ("www", (RecordFlawed("state/www.yaml:3"),), None)
    assert held_back_title(held, NOW) == "held back: certificate www until the record is mended"
    assert made.unchanged == 0
    assert plan_summary(made).endswith("0 unchanged, 1 held back, 1 record unreadable.")


def test_nor_is_it_forgotten_with_its_order() -> None:
    observed = replace(KNOWN, orders={"gone": order("gone", stage=Stage.COMPLETED)})
    made = plan(flaw(RecordKind.CERTIFICATE, "gone", "gone"), observed=observed)
    assert ("forget_certificate", "gone") not in subjects(made)
    [held] = made.held_actions
    assert held_back_title(held, NOW) == "held back: forgetting certificate gone until the record is mended"


def test_of_an_order_that_cannot_be_read_none_is_made_for_its_certificate() -> None:
    made = plan(flaw(RecordKind.ORDER, "id", "www", of="ca"))
    assert ordered(made) == {"api", "new"}
    [held] = made.held_back
    assert [each.code for each in held.reasons] == ["new", "record_flawed"]


def test_but_what_is_about_the_certificate_in_force_is_done() -> None:
    observed = replace(
        KNOWN, certificates={"www": certificate()}, file_changes={"www": FileChanges(missing=("cert.pem",))}
    )
    made = plan(flaw(RecordKind.ORDER, "id", "www", of="ca"), observed=observed)
    assert ("deliver_certificate", "www") in subjects(made)
    revoked = replace(spec("www"), revoke=RevocationReason.KEY_COMPROMISE)
    wanted = replace(WANTED, certificates={**WANTED.certificates, "www": revoked})
    made = plan(flaw(RecordKind.ORDER, "id", "www", of="ca"), observed=observed, wanted=wanted)
    assert ("revoke_certificate", "www") in subjects(made)


def test_a_certificate_that_is_as_it_should_be_is_not_said_to_be() -> None:
    observed = replace(KNOWN, certificates={"www": certificate()})
    assert plan(observed=observed).unchanged == 1
    made = plan(flaw(RecordKind.ORDER, "id", "www", of="ca"), observed=observed)
    assert (made.unchanged, [each.subject for each in made.held_back]) == (0, ["www"])


def test_nothing_goes_through_an_account_of_which_nothing_is_known() -> None:
    observed = replace(
        Observed(accounts={"other": account("other")}, certificates={"old": certificate("old")}),
        orders={"www": order(), "gone": order("gone")},
    )
    revoked = replace(spec("old"), revoke=RevocationReason.SUPERSEDED)
    wanted = replace(WANTED, certificates={**WANTED.certificates, "old": revoked})
    made = plan(flaw(RecordKind.ACCOUNT, "ca", of="ca"), wanted=wanted, observed=observed)
    assert subjects(made) == [("create_order", "api")]
    assert {each.subject for each in made.held_back} == {"new", "old", "www"}
    assert [each.subject for each in made.held_actions] == ["gone"]
    assert [held_back_title(each, NOW) for each in made.held_keys] == [
        "held back: account ca until the record is mended"
    ]


@pytest.mark.parametrize("of", ["ca", None])
def test_no_key_is_changed_and_no_account_given_up_while_an_order_of_it_cannot_be_read(
    of: str | None,
) -> None:
    aged = replace(account_spec(), key_max_age=DAY / 2)
    old = account()
    old = replace(old, account_keys=(replace(old.active_key, key_creation_date=NOW - DAY),))
    observed = Observed(accounts={"ca": old, "leaving": account("leaving"), "other": account("other")})
    wanted = replace(WANTED, accounts={**WANTED.accounts, "ca": aged})
    assert {("rotate_key", "ca"), ("deactivate_account", "leaving")} < set(
        subjects(plan(wanted=wanted, observed=observed))
    )
    made = plan(flaw(RecordKind.ORDER, "id", "elsewhere", of=of), wanted=wanted, observed=observed)
    assert ("rotate_key", "ca") not in subjects(made)
    assert (("deactivate_account", "leaving") in subjects(made)) == (of == "ca")


def test_an_order_that_does_not_say_whose_it_is_holds_up_all_new_ones() -> None:
    """Never twice: it may be that of any of them."""
    waiting = order("www", stage=Stage.AWAITING_CHALLENGE_FULFILLMENT)
    observed = replace(
        KNOWN, orders={"www": waiting}, certificates={"api": certificate("api", "api.example.com")}
    )
    made = plan(flaw(RecordKind.ORDER, "id"), observed=observed)
    assert ordered(made) == set()
    # What is known to have an order goes on with that.
    assert [each.subject for each in made.actions if isinstance(each, ResumeOrder)] == ["www"]
    assert {each.subject for each in made.held_back} == {"api", "new"}


def test_of_one_whose_identifiers_are_known_only_orders_for_these_wait() -> None:
    made = plan(flaw(RecordKind.ORDER, "id", asks=("new.example.com", "x.example.com")))
    assert ordered(made) == {"api", "www"}
    assert [each.subject for each in made.held_back] == ["new"]


@pytest.mark.parametrize("previous", [Stage.SUBMITTED, Stage.ERROR])
def test_one_that_takes_the_place_of_an_open_one_is_made(previous: Stage) -> None:
    before: Order = replace(order("www", "old.example.com", stage=previous), next_work_date=None)
    made = plan(flaw(RecordKind.ORDER, "id"), observed=replace(KNOWN, orders={"www": before}))
    assert ("www" in ordered(made)) == (previous is Stage.SUBMITTED)


def test_a_claim_that_cannot_be_read_holds_what_its_path_names() -> None:
    made = plan(flaw(RecordKind.CLAIM, "www", "www"))
    assert ordered(made) == {"api", "new"}
    made = plan(flaw(RecordKind.CLAIM, "ca", of="ca"))
    assert ordered(made) == {"api"}
    assert not plan(flaw(RecordKind.CLAIM, "state")).actions


def test_without_knowing_for_whom_keys_are_no_key_is_made() -> None:
    unregistered = replace(
        KNOWN, accounts={"ca": replace(account(), account_url=None)}, orders={"www": order()}
    )
    made = plan(
        flaw(RecordKind.ENCRYPTION, "encryption"), observed=replace(unregistered, keys=KeyEncryption())
    )
    assert ordered(made) == set()
    assert not [each for each in made.actions if each.kind == "register_account"]
    assert ("resume_order", "www") in subjects(made)


@pytest.mark.parametrize("kind", [RecordKind.LEFTOVERS, RecordKind.ARCHIVED_ORDER])
def test_on_some_records_nothing_depends(kind: RecordKind) -> None:
    made = plan(flaw(kind, "id", "www"))
    assert ordered(made) == {"api", "new", "www"}
    assert len(made.flawed) == 1


def test_those_about_some_certificates() -> None:
    flawed = (
        flaw(RecordKind.CERTIFICATE, "www", "www"),
        flaw(RecordKind.ORDER, "id"),
        flaw(RecordKind.ORDER, "b", "api"),
    )
    assert flaws_about(flawed, {"www"}.__contains__) == flawed[:2]
