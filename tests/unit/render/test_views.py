from __future__ import annotations

from dataclasses import replace

from reconciler.model.desired import Desired
from reconciler.model.evidence import Evidence
from reconciler.model.observed import FileChanges, Observed
from reconciler.model.order import Stage, Status
from reconciler.plan.diff import make_plan
from reconciler.render.account import AccountView, render_account, render_accounts
from reconciler.render.certificate import CertificateView, render_certificate, render_certificates
from reconciler.render.challenges import offered_challenges, render_challenges
from reconciler.render.fulfilled import render_fulfilled
from reconciler.render.order import render_order, render_orders
from reconciler.render.role import RoleView, render_role, render_roles
from reconciler.render.status import render_status
from reconciler.render.status_rows import status_rows
from reconciler.render.validation import render_valid
from tests.unit.render.golden_files import golden
from tests.unit.render.samples import CHECKING, DENIED, EVIDENCE, PLAN, ROLE, WAITING
from tests.unit.values import DAY, NOW, account, account_spec, certificate, role, spec


def test_an_order() -> None:
    assert render_order(replace(WAITING, evidence=EVIDENCE), now=NOW) == golden("order")


def test_orders() -> None:
    completed = replace(CHECKING, stage=Stage.COMPLETED)
    assert render_orders([WAITING, CHECKING, completed], now=NOW) == golden("orders")
    assert render_orders([], now=NOW) == "No orders.\n"


def test_a_certificate() -> None:
    files = {"privkey.pem": "00", "cert.pem": "11"}
    shown = replace(certificate(), files=files, evidence=EVIDENCE)
    view = CertificateView(shown, "certs/www", NOW + 60 * DAY, FileChanges(("cert.pem",), ("privkey.pem",)))
    assert render_certificate(view, now=NOW) == golden("certificate")


def test_what_no_evidence_was_kept_of_shows_none() -> None:
    words = ("requested by", "commit", "signed", "allowed by")
    view = CertificateView(certificate(), "certs/www", None, FileChanges())
    shown = render_certificate(view, now=NOW) + render_order(CHECKING, now=NOW)
    assert not any(word in shown for word in words)


def test_evidence_without_a_requester_shows_none() -> None:
    shown = render_order(replace(CHECKING, evidence=Evidence(EVIDENCE.grants)), now=NOW)
    assert "  allowed by   www.example.com, api.example.com by `example.com` (subdomains)\n" in shown
    assert "requested by" not in shown
    assert "policy at" not in shown


def test_a_key_that_never_came_here_is_with_the_requester() -> None:
    own, theirs = certificate(), replace(certificate(), csr_digest="00", profile="shortlived")
    views = [CertificateView(each, "certs/www", None, FileChanges()) for each in (own, theirs)]
    shown = [render_certificate(view, now=NOW) for view in views]
    shown += [render_order(each, now=NOW) for each in (CHECKING, replace(CHECKING, csr_digest="00"))]
    assert ["with the requester (CSR)" in each for each in shown] == [False, True, False, True]
    assert "  profile        shortlived\n" in shown[1]
    assert "profile" not in shown[0] + shown[2]


def test_files_of_the_certificate_before_are_left_over() -> None:
    view = CertificateView(certificate(), "certs/www", None, FileChanges(superseded=("privkey.pem",)))
    assert "  files          certs/www/ (left over: privkey.pem)\n" in render_certificate(view, now=NOW)


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


def test_a_role() -> None:
    many = tuple(f"shop/www{number}" for number in range(25))
    assert render_role(RoleView(ROLE, many)) == golden("role")


def test_a_role_that_says_little_shows_its_defaults() -> None:
    shown = render_role(RoleView(role(), ()))
    assert "  allowed domains  none\n" in shown
    assert "  common name      the first identifier\n" in shown
    assert "  certificates     none\n" in shown
    assert "denied" not in shown


def test_roles() -> None:
    views = [RoleView(role(), ()), RoleView(ROLE, ("api", "www"))]
    assert render_roles(views) == golden("roles")
    assert render_roles([]) == "No roles.\n"


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
