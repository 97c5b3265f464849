from __future__ import annotations

from dataclasses import replace

from reconciler.model.desired import Desired
from reconciler.model.observed import FileChanges, Observed
from reconciler.model.order import Stage, Status
from reconciler.plan.diff import make_plan
from reconciler.render.account import AccountView, render_account, render_accounts
from reconciler.render.certificate import CertificateView, render_certificate, render_certificates
from reconciler.render.challenges import offered_challenges, render_challenges
from reconciler.render.fulfilled import render_fulfilled
from reconciler.render.order import render_order, render_orders
from reconciler.render.status import render_status
from reconciler.render.status_rows import status_rows
from reconciler.render.validation import render_valid
from tests.unit.render.golden_files import golden
from tests.unit.render.samples import CHECKING, DENIED, PLAN, WAITING
from tests.unit.values import DAY, NOW, account, account_spec, certificate, spec


def test_an_order() -> None:
    assert render_order(WAITING, now=NOW) == golden("order")


def test_orders() -> None:
    completed = replace(CHECKING, stage=Stage.COMPLETED)
    assert render_orders([WAITING, CHECKING, completed], now=NOW) == golden("orders")
    assert render_orders([], now=NOW) == "No orders.\n"


def test_a_certificate() -> None:
    view = CertificateView(
        certificate(), "certs/www", NOW + 60 * DAY, FileChanges(("cert.pem",), ("privkey.pem",))
    )
    assert render_certificate(view, now=NOW) == golden("certificate")


def test_certificates() -> None:
    view = CertificateView(certificate(), "certs/www", NOW - DAY, FileChanges())
    forgotten = CertificateView(certificate("gone"), "certs/gone", None, FileChanges())
    assert render_certificates([view, forgotten], now=NOW) == golden("certificates")
    assert render_certificates([], now=NOW) == "No certificates.\n"


def test_an_account() -> None:
    known = replace(account(), email_contacts=("a@example.com",))
    view = AccountView("ca", replace(account_spec(), trusted_ca="-----BEGIN CERTIFICATE-----"), known)
    assert render_account(view) == golden("account")


def test_accounts() -> None:
    views = [AccountView("ca", None, account()), AccountView("new", account_spec("new"), None)]
    assert [line.split()[:2] for line in render_accounts(views).splitlines()[1:]] == [
        ["ca", "registered"],
        ["new", "not"],
    ]
    assert "none: not registered yet" in render_account(views[1])
    assert "no: nothing is ordered through it" in render_account(views[0])
    assert render_accounts([]) == "No accounts.\n"


def test_the_status_of_everything() -> None:
    wanted = ("www", "new", "api", "denied", "flaky", "old")
    desired = Desired(certificates={name: spec(name) for name in wanted})
    observed = Observed(
        accounts={"ca": account()},
        certificates={
            "www": certificate(),
            "gone": certificate("gone"),
            "old": certificate("old", age=100 * DAY),
        },
        orders={"new": replace(WAITING, certificate_name="new"), "api": CHECKING},
    )
    plan = make_plan(desired, observed, NOW, {"denied": (DENIED,)})
    actions = tuple(action for action in plan.actions if action.subject != "flaky")
    plan = replace(plan, actions=actions, held_back=PLAN.held_back)
    assert render_status(status_rows(desired, observed, plan, {"denied"}), now=NOW) == golden("status")
    assert render_status([], now=NOW) == "No certificates.\n"


def test_challenges() -> None:
    offered = offered_challenges(WAITING, "thumb")
    assert render_challenges(WAITING, offered, folder="state/challenges") == golden("challenges")


def test_a_challenge_that_was_not_chosen_has_no_files_but_its_own_command() -> None:
    offered = [
        each
        for each in offered_challenges(WAITING, "thumb")
        if each.instruction.challenge_type == "tls-alpn-01"
    ]
    text = render_challenges(WAITING, offered, folder="state/challenges", all_types=True)
    assert "state/challenges" not in text
    assert text.endswith("--challenge-type tls-alpn-01 --continue\n")


def test_an_order_with_nothing_to_fulfil() -> None:
    assert "there is nothing to fulfil" in render_challenges(CHECKING, (), folder="state/challenges")


def test_what_was_marked_as_fulfilled() -> None:
    one, other = WAITING.authorizations
    fulfilled = replace(one, fulfilled=True)
    missing = replace(other, by_hand=True, status=Status.PENDING)
    text = render_fulfilled([replace(WAITING, authorizations=(fulfilled, missing))])
    assert text == (
        "order 0197299e-0000-7000-8000-000000000002 of certificate shop/www: fulfilled for www.example.com\n"
        "  still to be done for done.example.com\n\n"
        "`reconciler apply` goes on with what is complete.\n"
    )
    assert render_fulfilled([]) == "No order waits for people.\n"


def test_a_valid_tree() -> None:
    desired = Desired(accounts={"ca": account_spec()}, certificates={"a": spec("a"), "b": spec("b")})
    assert render_valid(desired) == "The tree is valid: 1 account, 0 roles, 2 certificates.\n"
