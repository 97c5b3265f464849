from __future__ import annotations

from msgspec.structs import replace

from reconciler import pki
from reconciler.model.account import Responder
from reconciler.model.desired import Desired
from reconciler.model.evidence import Evidence
from reconciler.model.observed import FileChanges, Observed
from reconciler.model.order import CANCELLED, Stage, Status
from reconciler.model.problem import ACME_ERROR, Problem
from reconciler.model.renewal import RenewalInfo, RenewalWindow
from reconciler.model.revocation import RevocationReason
from reconciler.plan.diff import make_plan
from reconciler.render.account import AccountView, render_account, render_accounts
from reconciler.render.account_changes import deactivated_text, rotated_text
from reconciler.render.certificate import CertificateView, render_certificate, render_certificates
from reconciler.render.challenges import Shown, offered_challenges, render_challenges
from reconciler.render.found import FoundCertificate, render_found
from reconciler.render.fulfilled import render_fulfilled
from reconciler.render.order import render_order, render_orders
from reconciler.render.order_changes import cancelled_text, retried_text, revoked_text
from reconciler.render.role import RoleView, render_role, render_roles
from reconciler.render.status import render_status
from reconciler.render.status_rows import status_rows
from reconciler.render.validation import render_valid
from tests.unit.pki.authorities import chain
from tests.unit.render.golden_files import golden
from tests.unit.render.samples import (
    CHECKING,
    DENIED,
    EVIDENCE,
    ORIGIN,
    PLAN,
    RESULT,
    REVOCATION,
    ROLE,
    WAITING,
)
from tests.unit.values import DAY, NOW, account, account_spec, certificate, order, role, spec


def test_an_order() -> None:
    assert render_order(replace(WAITING, evidence=EVIDENCE, origin=ORIGIN), now=NOW) == golden("order")


def test_orders() -> None:
    completed = replace(CHECKING, stage=Stage.COMPLETED)
    assert render_orders([WAITING, CHECKING, completed], now=NOW) == golden("orders")
    assert render_orders([], now=NOW) == "No orders.\n"


def test_a_certificate() -> None:
    files = {"privkey.pem": "00", "cert.pem": "11"}
    shown = replace(certificate(), files=files, evidence=Evidence(EVIDENCE.grants), origin=ORIGIN)
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


def test_a_certificate_that_was_revoked_and_that_the_ca_wants_renewed() -> None:
    window = RenewalWindow(NOW + 50 * DAY, NOW + 52 * DAY, "https://ca.test/why")
    shown = replace(
        certificate(),
        must_staple=True,
        requested_end="30d",
        renewal_info=RenewalInfo(NOW + DAY, window, NOW + 51 * DAY),
        revocation=REVOCATION,
    )
    lines = render_certificate(CertificateView(shown, "certs/www", None, FileChanges()), now=NOW).splitlines()
    assert {tuple(line.split(maxsplit=1)) for line in lines} >= {
        ("revoked", "2026-06-01 11:00 UTC (key_compromise)"),
        ("must-staple", "yes"),
        ("asked", "to end   30d"),
    }
    assert not any(line.strip().startswith("the CA") for line in lines)
    due = replace(shown, revocation=None)
    lines = render_certificate(CertificateView(due, "certs/www", NOW, FileChanges()), now=NOW).splitlines()
    assert {tuple(line.split(maxsplit=1)) for line in lines} >= {
        ("asked", "again      2026-06-02 12:00 UTC"),
        ("the", "CA suggests  2026-07-21 12:00 UTC to 2026-07-23 12:00 UTC"),
        ("the", "CA says why  https://ca.test/why"),
    }
    unasked = replace(shown, renewal_info=RenewalInfo(NOW + DAY), revocation=None)
    text = render_certificate(CertificateView(unasked, "certs/www", None, FileChanges()), now=NOW)
    assert not any(word in text for word in ("the CA", "revoked", "asked again"))


def test_an_order_says_what_was_asked_for_besides_and_what_became_of_it() -> None:
    special = replace(
        CHECKING,
        stage=Stage.REVOKED,
        must_staple=True,
        not_after=NOW + DAY,
        replaces="aYhba4d.AIdl",
        revocation=REVOCATION,
    )
    shown = render_order(special, now=NOW)
    assert "must-staple   yes\n" in shown
    assert "asked to end  2026-06-02 12:00 UTC\n" in shown
    assert "replaces      aYhba4d.AIdl\n" in shown
    assert "revoked       2026-06-01 11:00 UTC (key_compromise)\n" in shown
    assert "next work     -\n" in shown
    wanted = replace(CHECKING, stage=Stage.ERROR, retry_wanted=True)
    assert "another order by the next apply\n" in render_order(wanted, now=NOW)


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
    assert "no: the next apply deactivates it" in render_account(views[0])
    assert render_accounts([]) == "No accounts.\n"


def test_an_account_with_a_key_that_was_begun_and_a_trouble() -> None:
    keys = (*account().account_keys, replace(account().active_key, key_version=1))
    known = replace(
        account(),
        account_keys=keys,
        pending_key_version=1,
        last_error=Problem(f"{ACME_ERROR}accountDoesNotExist", "who is that?"),
    )
    shown = render_account(AccountView("ca", account_spec(), known))
    assert "version 0: ec-256, made 2026-06-01 12:00 UTC, active\n" in shown
    assert "version 1: ec-256, made 2026-06-01 12:00 UTC, begun\n" in shown
    assert "accountDoesNotExist: who is that?\n" in shown
    assert "`reconciler account deactivate NAME --force`" in shown


def test_what_became_of_an_account() -> None:
    keys = (*account().account_keys, replace(account().active_key, key_version=1))
    after = replace(account(), account_keys=keys, active_key_version=1)
    assert rotated_text(account(), after, []) == (
        "account ca: key version 1 (ec-256) has taken the place of version 0.\n"
    )
    gone = "account ca is deactivated; its records and keys are archived.\n"
    assert deactivated_text(account(), in_tree=False) == gone
    assert deactivated_text(account(), in_tree=True).startswith(gone)
    assert "registers another, with a new key" in deactivated_text(account(), in_tree=True)


def test_what_became_of_an_order() -> None:
    failed = replace(CHECKING, stage=Stage.ERROR)
    whose = f"order {CHECKING.order_id} of certificate api"
    assert retried_text(CHECKING) == f"{whose}: the next `reconciler apply` goes on with it.\n"
    assert retried_text(failed) == f"{whose}: the next `reconciler apply` makes another order.\n"
    assert cancelled_text(failed) == (
        f"{whose} is cancelled.\nNo other is made until its file asks for something else, or "
        f"`reconciler order retry {CHECKING.order_id}`.\n"
    )
    assert revoked_text(RESULT.revoked[0]) == (
        "certificate leaked with the serial number 03:e8 is revoked (key_compromise).\n"
    )


def test_who_asked_is_shown_with_what_proves_it() -> None:
    proved = replace(ORIGIN, is_modified=False, run_url=None, requester=EVIDENCE.requester)
    shown = render_order(replace(WAITING, origin=proved), now=NOW)
    assert "requested by alice (entity " in " ".join(shown.split())
    assert "signed with key SHA256:" in " ".join(shown.split())
    assert f" {ORIGIN.commit}\n" in shown
    shown = render_order(replace(WAITING, origin=replace(ORIGIN, commit=None, requester=None)), now=NOW)
    assert "requested by" not in shown
    assert "tree at commit" not in shown


def test_a_certificate_that_was_looked_up() -> None:
    issued = pki.read_chain(chain())
    made = replace(order(stage=Stage.COMPLETED), evidence=EVIDENCE)
    shown = render_found(FoundCertificate(made, issued, made.order_id), now=NOW)
    assert shown.startswith("certificate www\n  standing          in force\n")
    assert f"serial number     {issued.serial_number}\n" in shown
    assert f"order             {made.order_id} (completed)\n" in shown
    assert "requested by      alice " in shown
    standings = {
        "superseded by order another\n": FoundCertificate(made, issued, "another"),
        "forgotten: the tree no longer asks for it\n": FoundCertificate(made, issued, None),
        "revoked 2026-06-01 11:00 UTC (key_compromise)\n": FoundCertificate(
            replace(made, stage=Stage.REVOKED, revocation=REVOCATION), issued, made.order_id
        ),
    }
    for text, found in standings.items():
        assert f"  standing          {text}" in render_found(found, now=NOW)


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
    wanted = ("www", "new", "api", "denied", "flaky", "old", "stopped", "revoked", "leaked")
    desired = Desired(
        accounts={"ca": account_spec()},
        roles={"web": role()},
        certificates={
            **{name: spec(name) for name in wanted},
            "leaked": replace(spec("leaked"), revoke=RevocationReason.KEY_COMPROMISE),
        },
    )
    revoked = replace(REVOCATION, request=spec("revoked").digest)
    cancelled = replace(
        order("stopped", stage=Stage.ERROR), last_error=Problem(CANCELLED, "the order was cancelled")
    )
    observed = Observed(
        accounts={"ca": account()},
        certificates={
            "www": certificate(),
            "gone": certificate("gone"),
            "old": certificate("old", age=100 * DAY),
            "revoked": replace(certificate("revoked"), revocation=revoked),
            "leaked": certificate("leaked"),
        },
        orders={
            "new": replace(WAITING, certificate_name="new"),
            "api": CHECKING,
            "stopped": cancelled,
        },
    )
    plan = make_plan(desired, observed, NOW, {"denied": (DENIED,)})
    actions = tuple(action for action in plan.actions if action.subject != "flaky")
    plan = replace(plan, actions=actions, held_back=(*plan.held_back, PLAN.held_back[0]))
    assert render_status(status_rows(desired, observed, plan, {"denied"}), now=NOW) == golden("status")
    assert render_status([], now=NOW) == "No certificates.\n"


def test_challenges() -> None:
    offered = offered_challenges(WAITING, Responder("thumb"))
    assert render_challenges(WAITING, offered, folder="state/challenges") == golden("challenges")


def test_a_challenge_that_was_not_chosen_has_no_files_but_its_own_command() -> None:
    offered = [
        each
        for each in offered_challenges(WAITING, Responder("thumb"))
        if each.instruction.challenge_type == "tls-alpn-01"
    ]
    text = render_challenges(WAITING, offered, folder="state/challenges", which=Shown.ALL)
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


def test_an_order_that_the_program_fulfils_alone_is_not_said_to_be_fulfilled_by_people() -> None:
    [authorization, *_] = WAITING.authorizations
    text = render_fulfilled([replace(WAITING, authorizations=(replace(authorization, by_hand=False),))])
    assert f"order {WAITING.order_id} of certificate shop/www: nothing in it is for people\n" in text
