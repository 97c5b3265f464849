"""Every reason to act, and every reason not to."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec.structs import replace

from reconciler import pki
from reconciler.model.account import KeyType
from reconciler.model.desired import Desired
from reconciler.model.finding import Finding
from reconciler.model.observed import FileChanges, Observed
from reconciler.model.order import Stage
from reconciler.model.problem import Problem
from reconciler.model.renewal import RenewalRule
from reconciler.plan import actions, reasons
from reconciler.plan.actions import Plan
from reconciler.plan.diff import make_plan
from tests.unit.pki.csrs import RSA_KEY, csr
from tests.unit.values import DAY, HERE, NOW, account, account_spec, certificate, names, order, role, spec

if TYPE_CHECKING:
    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.order import Order

REGISTERED = {"ca": account()}


def plan_for(wanted: CertificateSpec | None, **observed: object) -> Plan:
    certificates = {wanted.name: wanted} if wanted else {}
    desired = Desired(
        accounts={"ca": account_spec(), "other": account_spec("other")},
        roles={"web": role()},
        certificates=certificates,
    )
    return make_plan(desired, Observed(**{"accounts": REGISTERED, **observed}), NOW)  # type: ignore[arg-type]


def reasons_for(wanted: CertificateSpec, **observed: object) -> tuple[reasons.Reason, ...]:
    plan = plan_for(wanted, **observed)
    return plan.actions[-1].reasons if plan.actions else ()


def test_an_empty_tree_and_an_empty_state_need_nothing() -> None:
    assert make_plan(Desired(), Observed(), NOW) == Plan(now=NOW)


def test_a_first_certificate_needs_an_account_first() -> None:
    plan = make_plan(
        Desired(accounts={"ca": account_spec()}, roles={"web": role()}, certificates={"www": spec()}),
        Observed(),
        NOW,
    )
    assert [type(action) for action in plan.actions] == [actions.RegisterAccount, actions.CreateOrder]
    assert plan.actions[1].reasons == (reasons.NewCertificate(),)


def test_an_account_whose_registration_was_not_answered_is_registered() -> None:
    plan = plan_for(spec(), accounts={"ca": replace(account(), account_url=None)})
    assert plan.actions[0].reasons == (reasons.AccountNotRegistered(),)


def test_an_account_that_nothing_needs_is_left_alone() -> None:
    plan = plan_for(spec(), accounts={}, certificates={"www": certificate()})
    assert plan.actions == ()
    assert plan.unchanged == 1


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (spec(), ()),
        (spec("www", "WWW.example.com."), ()),
        (
            spec("www", "a.example.com", "b.example.com"),
            (
                reasons.IdentifiersChanged(
                    names("a.example.com", "b.example.com"), removed=names("www.example.com")
                ),
            ),
        ),
        (
            spec(of=role(key_type=KeyType.RSA_2048)),
            (reasons.KeyTypeChanged(KeyType.EC_256, KeyType.RSA_2048),),
        ),
        (spec(of=role("api")), (reasons.RoleChanged("web", "api"),)),
        (
            spec(of=replace(role(account="other"), previous_acme_account_name="ca")),
            (reasons.AccountChanged("ca", "other"),),
        ),
        (
            spec(of=role("api", "other", KeyType.EC_384)),
            (
                reasons.KeyTypeChanged(KeyType.EC_256, KeyType.EC_384),
                reasons.RoleChanged("web", "api"),
                reasons.AccountChanged("ca", "other"),
            ),
        ),
    ],
)
def test_what_the_tree_changes(wanted: CertificateSpec, expected: object) -> None:
    assert reasons_for(wanted, certificates={"www": certificate()}) == expected


FIRST, SECOND = csr("www.example.com"), csr("www.example.com", key=ec.generate_private_key(ec.SECP256R1()))


def with_csr(text: str, *identifiers: str) -> CertificateSpec:
    read = pki.read_csr(text)
    assert read.identifiers == names(*(identifiers or ("www.example.com",)))
    asked = spec("www", *identifiers)
    return replace(asked, csr=read.pem, csr_key_type=read.key_type, csr_digest=read.digest)


def digest(text: str) -> str:
    return hashlib.sha256(pki.csr_der(text.encode())).hexdigest()


@pytest.mark.parametrize(
    ("wanted", "present", "expected"),
    [
        (with_csr(FIRST), digest(FIRST), ()),
        (with_csr(FIRST.replace("\n", "\r\n")), digest(FIRST), ()),
        (with_csr(SECOND), digest(FIRST), (reasons.CsrChanged(digest(FIRST), digest(SECOND)),)),
        (with_csr(FIRST), None, (reasons.CsrChanged(None, digest(FIRST)),)),
        (spec(), digest(FIRST), (reasons.CsrChanged(digest(FIRST), None),)),
        (
            with_csr(csr("www.example.com", key=RSA_KEY)),
            None,
            (
                reasons.KeyTypeChanged(KeyType.EC_256, KeyType.RSA_2048),
                reasons.CsrChanged(None, digest(csr("www.example.com", key=RSA_KEY))),
            ),
        ),
    ],
    ids=["the same", "other line ends", "another", "the first", "none any more", "another key type"],
)
def test_another_csr(wanted: CertificateSpec, present: str | None, expected: object) -> None:
    current = replace(certificate(), csr_digest=present)
    assert reasons_for(wanted, certificates={"www": current}) == expected


@pytest.mark.parametrize(
    ("profile", "allowed", "present", "expected"),
    [
        (None, (), None, ()),
        (None, (), "classic", ()),
        ("classic", (), "classic", ()),
        (None, ("classic", "shortlived"), "classic", ()),
        (None, ("classic",), None, (reasons.ProfileChanged(None, "classic"),)),
        (
            "shortlived",
            ("classic", "shortlived"),
            "classic",
            (reasons.ProfileChanged("classic", "shortlived"),),
        ),
    ],
)
def test_another_profile(
    profile: str | None, allowed: tuple[str, ...], present: str | None, expected: object
) -> None:
    wanted = replace(spec(of=replace(role(), allowed_profiles=allowed)), profile=profile)
    current = replace(certificate(), profile=present)
    assert reasons_for(wanted, certificates={"www": current}) == expected


@pytest.mark.parametrize(
    "under_way",
    [
        replace(order(), csr_digest=digest(SECOND), profile="classic"),
        replace(order(), profile="classic"),
        replace(order(), csr_digest=digest(FIRST)),
        replace(order(), csr_digest=digest(FIRST), profile="shortlived"),
    ],
)
def test_an_order_for_another_csr_or_profile_is_superseded(under_way: Order) -> None:
    wanted = replace(with_csr(FIRST), profile="classic")
    [action] = plan_for(wanted, orders={"www": under_way}).actions
    assert isinstance(action, actions.CreateOrder)
    same = replace(order(), csr_digest=digest(FIRST), profile="classic")
    [action] = plan_for(wanted, orders={"www": same}).actions
    assert isinstance(action, actions.ResumeOrder)


def test_an_order_failed_for_its_profile_holds_back_nothing_that_asks_for_none() -> None:
    failed = replace(order(stage=Stage.ERROR), profile="tlsserver", next_work_date=NOW + DAY)
    [action] = plan_for(spec(), orders={"www": failed}).actions
    assert isinstance(action, actions.CreateOrder)


def test_the_order_of_identifiers_does_not_matter() -> None:
    present = certificate("www", "b.example.com", "a.example.com")
    assert reasons_for(spec("www", "a.example.com", "b.example.com"), certificates={"www": present}) == ()


@pytest.mark.parametrize(
    ("rule", "age", "due"),
    [
        (None, 60 * DAY - dt.timedelta(seconds=1), False),
        (None, 60 * DAY, True),
        (None, 100 * DAY, True),
        (RenewalRule(fraction=0.5), 45 * DAY, True),
        (RenewalRule(fraction=0.5), 44 * DAY, False),
        (RenewalRule(duration=10 * DAY), 80 * DAY, True),
        (RenewalRule(duration=10 * DAY), 79 * DAY, False),
        (RenewalRule(duration=400 * DAY), 1 * DAY, False),
    ],
)
def test_renewal(rule: RenewalRule | None, age: dt.timedelta, due: bool) -> None:
    found = reasons_for(replace(spec(), renew=rule), certificates={"www": certificate(age=age)})
    assert [type(reason) for reason in found] == ([reasons.RenewalDue] if due else [])


def test_short_lived_certificates_are_renewed_at_half_their_life() -> None:
    short = replace(certificate(), not_before=NOW - 3 * DAY, not_after=NOW + 3 * DAY)
    assert reasons_for(spec(), certificates={"www": short}) == (reasons.RenewalDue(NOW, NOW + 3 * DAY),)


def test_files_are_delivered_again_whatever_becomes_of_an_order() -> None:
    changes = {"www": FileChanges(missing=("cert.pem",), altered=("privkey.pem",))}
    assert reasons_for(spec(), certificates={"www": certificate()}, file_changes=changes) == (
        reasons.FilesMissing(("cert.pem",)),
        reasons.FilesAltered(("privkey.pem",)),
    )
    left = {"www": FileChanges(superseded=("privkey.pem",))}
    assert reasons_for(spec(), certificates={"www": certificate()}, file_changes=left) == (
        reasons.FilesSuperseded(("privkey.pem",)),
    )
    old = {"www": certificate(age=80 * DAY)}
    plan = plan_for(spec(), certificates=old, file_changes=changes)
    assert [type(action) for action in plan.actions] == [actions.DeliverCertificate, actions.CreateOrder]


@pytest.mark.parametrize(
    "stage", [stage for stage in Stage if stage not in (Stage.EXPIRED, Stage.REVOKED, Stage.ERROR)]
)
def test_an_order_for_the_same_is_resumed_at_any_stage(stage: Stage) -> None:
    plan = plan_for(spec(), orders={"www": order(stage=stage)})
    assert [type(action) for action in plan.actions] == [actions.ResumeOrder]


def test_an_order_for_something_else_is_superseded() -> None:
    old = order("www", "old.example.com")
    [action] = plan_for(spec(), orders={"www": old}).actions
    assert isinstance(action, actions.CreateOrder)
    assert action.previous == old


def test_an_order_that_is_no_longer_needed_is_abandoned() -> None:
    plan = plan_for(
        spec(), certificates={"www": certificate()}, orders={"www": order("www", "old.example.com")}
    )
    assert [type(action) for action in plan.actions] == [actions.AbandonOrder]


def test_a_failed_order_is_held_back_until_its_time() -> None:
    failed = replace(
        order(stage=Stage.ERROR), attempt=2, next_work_date=NOW + DAY, last_error=Problem("about:blank", "no")
    )
    plan = plan_for(spec(), orders={"www": failed})
    assert plan.actions == ()
    assert plan.held_back[0].until == NOW + DAY
    [action] = plan_for(spec(), orders={"www": replace(failed, next_work_date=NOW)}).actions
    assert isinstance(action, actions.CreateOrder)
    assert action.previous is not None
    assert action.previous.attempt == 2


def test_a_failed_renewal_is_no_concern_while_the_certificate_is_right() -> None:
    plan = plan_for(spec(), certificates={"www": certificate()}, orders={"www": order(stage=Stage.ERROR)})
    assert plan.actions == ()
    assert plan.held_back == ()


def test_what_is_not_in_the_tree_is_forgotten_order_or_certificate() -> None:
    plan = plan_for(None, certificates={"a": certificate("a")}, orders={"b": order("b")})
    assert plan.actions == (
        actions.ForgetCertificate("a", (reasons.NoLongerRequested(),), certificate=certificate("a")),
        actions.ForgetCertificate("b", (reasons.NoLongerRequested(),), order=order("b")),
    )


def test_what_is_denied_has_no_action_and_is_not_forgotten() -> None:
    denial = Finding("denied", "no", HERE)
    desired = Desired(accounts={"ca": account_spec()}, roles={"web": role()}, certificates={"www": spec()})
    plan = make_plan(
        desired, Observed(certificates={"www": certificate(age=80 * DAY)}), NOW, {"www": (denial,)}
    )
    assert plan.actions == ()
    assert plan.denied == (denial,)
