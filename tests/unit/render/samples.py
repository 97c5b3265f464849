"""One of everything that renderers are given."""

from __future__ import annotations

import datetime as dt
from ipaddress import ip_network

from msgspec.structs import replace

from reconciler.model import events
from reconciler.model.account import KeyType
from reconciler.model.evidence import Evidence, Grant, Requester
from reconciler.model.finding import Finding, Location
from reconciler.model.fulfillment import Method, Way
from reconciler.model.identifier import parse_identifier
from reconciler.model.identity import Entity
from reconciler.model.instruction import Instruction, Leftovers
from reconciler.model.order import CANCELLED, Order, Stage, Status
from reconciler.model.origin import CommitAuthor, Origin
from reconciler.model.permissions import WrongPermission
from reconciler.model.problem import ACME_ERROR, OWN_ERROR, Problem
from reconciler.model.requested_end import RequestedEnd
from reconciler.model.revocation import Revocation, RevocationReason
from reconciler.model.role import ChallengeType, DomainOption, IdentifierPopulation
from reconciler.orders.methods import PlannedChallenge
from reconciler.plan import actions as do
from reconciler.plan import reasons as why
from reconciler.policy import Decision, Denial
from reconciler.policy.explaining import Explanation
from reconciler.render.explanation_rows import ExplanationRow, ExplanationView
from tests.unit.values import (
    DAY,
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

ORDER_ID = "0197299e-0000-7000-8000-000000000002"
HOUR = dt.timedelta(hours=1)

REJECTED = Problem(f"{ACME_ERROR}rejectedIdentifier", "not from us", 403, "bad.example.com")
CAA = Problem(f"{ACME_ERROR}caa", "CAA record forbids\nissuance", 403, "worse.example.com")
COMPOUND = Problem(
    f"{ACME_ERROR}compound",
    "several errors",
    400,
    subproblems=(REJECTED, CAA),
    help_url="https://ca.test/help",
)
CANCELLED_BY_HAND = Problem(CANCELLED, "the order was cancelled")
REVOCATION = Revocation(NOW - HOUR, RevocationReason.KEY_COMPROMISE)


def instruction(name: str, challenge_type: ChallengeType, certificate_name: str = "shop/www") -> Instruction:
    return Instruction(
        order_id=ORDER_ID,
        certificate_name=certificate_name,
        identifier=parse_identifier(name),
        challenge_type=challenge_type,
        token="token",
        key_authorization="token.thumbprint",
        expires=NOW + HOUR,
    )


LEFTOVERS = Leftovers(ORDER_ID, "tidy", (instruction("www.example.com", ChallengeType.DNS_01, "tidy"),))
LEFT_BEHIND = why.LeftBehind(ORDER_ID, (parse_identifier("www.example.com"),))
REASONS: tuple[tuple[why.Reason, str], ...] = (
    (why.NewCertificate(), "there is no certificate of this name yet"),
    (
        why.IdentifiersChanged(names("a.example.com"), names("b.example.com", "xn--bcher-kva.example")),
        "identifiers changed: + a.example.com - b.example.com - xn--bcher-kva.example (bücher.example)",
    ),
    (why.KeyTypeChanged(KeyType.RSA_2048, KeyType.EC_256), "key type changed: rsa-2048 -> ec-256"),
    (
        why.CsrChanged(None, "00"),
        "the key is now the requester's own: a CSR takes the place of a key made here",
    ),
    (why.CsrChanged("00", None), "the key is now made here: there is no CSR any more"),
    (why.CsrChanged("00", "11"), "the CSR is another one"),
    (why.RoleChanged("old", "web"), "role changed: old -> web"),
    (why.AccountChanged("old", "ca"), "account changed: old -> ca"),
    (why.ProfileChanged("classic", "shortlived"), "profile changed: classic -> shortlived"),
    (why.ProfileChanged(None, "classic"), "profile changed: left to the CA -> classic"),
    (why.MustStapleChanged(after=True), "it is to demand OCSP stapling"),
    (why.MustStapleChanged(after=False), "it is no longer to demand OCSP stapling"),
    (why.EndChanged(None, "30d"), "not_after changed: left to the CA -> 30d"),
    (
        why.EndChanged("30d", "2027-01-31T00:00:00Z"),
        "not_after changed: 30d -> 2027-01-31T00:00:00Z",
    ),
    (
        why.RenewalDue(NOW - DAY, NOW + 29 * DAY),
        "renewal due since 2026-05-31 12:00 UTC (expires 2026-06-30 12:00 UTC, in 29 days)",
    ),
    (
        why.RenewalDue(NOW - 9 * DAY, NOW - DAY),
        "renewal due since 2026-05-23 12:00 UTC (expired 2026-05-31 12:00 UTC, 1 day ago)",
    ),
    (
        why.RenewalDue(NOW - DAY, NOW + 29 * DAY, suggested=True),
        "renewal due since 2026-05-31 12:00 UTC, as the CA suggests (expires 2026-06-30 12:00 UTC, in 29 "
        "days)",
    ),
    (
        why.RenewalDue(NOW - DAY, NOW + 29 * DAY, suggested=True, explanation_url="https://ca.test/why"),
        "renewal due since 2026-05-31 12:00 UTC, as the CA suggests (expires 2026-06-30 12:00 UTC, in 29 "
        "days); the CA says why: https://ca.test/why",
    ),
    (
        why.CertificateRevoked(NOW - HOUR, RevocationReason.KEY_COMPROMISE),
        "it was revoked 2026-06-01 11:00 UTC (key_compromise)",
    ),
    (
        why.RevocationRequested(RevocationReason.SUPERSEDED),
        "the tree asks for it to be revoked (superseded)",
    ),
    (why.EndPassed(NOW - DAY), "the not_after that is asked for is past: 2026-05-31 12:00 UTC"),
    (why.FilesMissing(("cert.pem", "chain.pem")), "files missing: cert.pem, chain.pem"),
    (why.FilesAltered(("privkey.pem",)), "files altered: privkey.pem"),
    (
        why.FilesSuperseded(("privkey.pem",)),
        "files of the certificate before it are still there: privkey.pem",
    ),
    (
        why.PermissionsDiffer(
            (
                WrongPermission("privkey.pem", "mode", "0644", "0640"),
                WrongPermission(".", "group", "root", "ssl-cert"),
            )
        ),
        "privkey.pem has mode 0644 instead of 0640; the folder has group root instead of ssl-cert",
    ),
    (
        why.OrderOpen(ORDER_ID, Stage.PROCESSING_CHALLENGE, NOW + HOUR),
        "it waits while the CA checks its challenges; nothing to do before 2026-06-01 13:00 UTC",
    ),
    (
        why.OrderOpen(ORDER_ID, Stage.AWAITING_CHALLENGE_FULFILLMENT, None),
        "it waits for people to fulfil its challenges",
    ),
    (
        why.OrderFailed(ORDER_ID, 2, NOW + HOUR, REJECTED),
        f"attempt 2 failed (order {ORDER_ID}): bad.example.com: rejectedIdentifier: not from us",
    ),
    (why.OrderFailed(ORDER_ID, 1, None, None), f"attempt 1 failed (order {ORDER_ID})"),
    (why.OrderHeld(ORDER_ID, CANCELLED_BY_HAND), f"order {ORDER_ID}: the order was cancelled"),
    (why.OrderExpired(ORDER_ID), f"order {ORDER_ID} expired before its challenges were fulfilled"),
    (why.NoLongerRequested(), "the tree no longer asks for it"),
    (why.AccountNotRegistered(), "the CA does not know this account yet, and certificates need it"),
    (
        why.ContactsChanged(("a@example.com",), ("b@example.com", "c@example.com")),
        "contacts changed: a@example.com -> b@example.com, c@example.com",
    ),
    (why.ContactsChanged((), ("b@example.com",)), "contacts changed: none -> b@example.com"),
    (why.ContactsChanged(("a@example.com",), ()), "contacts changed: a@example.com -> none"),
    (
        why.TrustedCaChanged(),
        "the CA behind the TLS of the server is another one (nothing is sent)",
    ),
    (
        why.AdditionalHostsChanged((), ("other.ca.test", "[::1]:14000")),
        "hosts that may be asked besides: none -> other.ca.test, [::1]:14000 (nothing is sent)",
    ),
    (
        why.KeyTooOld(3, NOW - 91 * DAY, 90 * DAY, NOW - DAY),
        "key version 3 was made 2026-03-02 12:00 UTC, and may be 90 days old: due since 2026-05-31 12:00 UTC",
    ),
    (why.KeyChangePending(4), "the change to key version 4 was begun, and its answer was lost"),
    (
        why.OrdersUnderWay((ORDER_ID,)),
        f"1 order under way, whose challenges are tied to the key: {ORDER_ID}",
    ),
    (
        why.OrdersUnderWay(("a", "b")),
        "2 orders under way, whose challenges are tied to the key: a, b",
    ),
    (LEFT_BEHIND, "what was presented to the CA is still there: www.example.com"),
    (
        why.AnotherOrder(ORDER_ID),
        f"two runs have each made an order for it, and order {ORDER_ID} is the one that counts",
    ),
    (
        why.ClaimedElsewhere(ORDER_ID, "ci@runner", NOW + DAY, "https://ci.example.com/1", "ca"),
        "the account ca is under way in another run of apply (ci@runner, https://ci.example.com/1) until "
        "2026-06-02 12:00 UTC",
    ),
    (
        why.RecordFlawed("state/certificates/www.yaml:3"),
        "a record that it depends on cannot be read: state/certificates/www.yaml:3",
    ),
    (why.EncryptionTurnedOn(), "the settings name recipients, and the keys are not encrypted yet"),
    (why.EncryptionTurnedOff(), "the settings name no recipients any more"),
    (why.RecipientsChanged(), "the settings name other recipients"),
    (why.ReencryptionUnfinished(), "an earlier run began with it, and did not come to the end"),
    (why.KeysInClear(2), "2 keys in clear, though the settings name recipients"),
)
RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
SSH_RECIPIENT = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMEBMr+Jo5oeh+CRfI7gtg1/ljehJraPv6JQM6cQ++RG"
SSH_LABEL = "ssh-ed25519 SHA256:XZIdQOCnZuSka/kR9rcw2JDnmQN9RZ2ITGKmld3hnuQ"
REENCRYPTION = do.ReencryptKeys(
    (RECIPIENT,), (RECIPIENT,), (SSH_RECIPIENT,), 12, (why.RecipientsChanged(), why.ReencryptionUnfinished())
)

WAITING: Order = replace(
    order("shop/www", stage=Stage.AWAITING_CHALLENGE_FULFILLMENT),
    status=Status.PENDING,
    order_url="https://ca.test/order/1",
    expires=NOW + DAY,
    last_error=COMPOUND,
    authorizations=(
        replace(authorization(chosen=ChallengeType.HTTP_01), by_hand=True, expires=NOW + HOUR),
        authorization("done.example.com", Status.VALID, types=("http-01", "new-01")),
    ),
)
CHECKING = replace(
    order("api", stage=Stage.PROCESSING_CHALLENGE),
    order_id="0197299e-0000-7000-8000-000000000003",
    next_work_date=NOW + HOUR,
)

REQUESTER = Requester(
    commit="1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
    fingerprint="SHA256:uE5kJ0Zq9f2mWm0vYx7cD1rTgS8hLbN3oPqRsTuVwXy",
    entity_id="7d2e3179-f69b-450c-7179-ac8ee8bd8ca9",
    entity_name="alice",
)
ORIGIN = Origin(
    "aabfb8ddb5676da3a87ca51318359bc63e8ae050",
    is_modified=True,
    run_url="https://ci.example.com/runs/7",
    requester=CommitAuthor("9c3ad551e1fdec98900f523db1579d6f7cd4a698", "A. Person", "a@example.com"),
)
EVIDENCE = Evidence(
    grants=(
        *(
            Grant(each, "example.com", DomainOption.SUBDOMAINS)
            for each in names("www.example.com", "api.example.com")
        ),
        Grant(names("10.0.0.1")[0], "10.0.0.0/8"),
    ),
    requester=REQUESTER,
    policy_commit="9f8e7d6c5b4a39281706f5e4d3c2b1a098765432",
)

DENIED = Finding(
    code="denied",
    message="the role `web` does not allow `x.example.com`",
    location=Location("certificates/x.yaml", 2, 15, 13),
    source="identifiers: [x.example.com]",
    hint="have it added",
)

ROLE = replace(
    role("team"),
    location=Location("roles/team.yaml", 1, 1),
    allowed_domains=("example.com", "{{identity.entity.name}}.users.example.com", "räksmörgås.se"),
    allowed_domain_options=frozenset({DomainOption.GLOBS, DomainOption.SUBDOMAINS}),
    denied_domains=("internal.example.com",),
    allowed_ip_ranges=(ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")),
    allowed_profiles=("classic", "shortlived"),
    csr_identifier_population=IdentifierPopulation.SANS_ONLY,
    max_identifiers=5,
)
EXPLANATION = ExplanationView(
    "team",
    (
        ExplanationRow(
            names("www.example.com")[0],
            Explanation(
                Decision(allowed=True, entry="example.com", option=DomainOption.SUBDOMAINS),
                "`example.com` allows it, with `subdomains`",
            ),
            Location("certificates/shop/www.yaml", 2, 15, 15),
        ),
        ExplanationRow(
            names("ex\u0430mple.com")[0],
            Explanation(
                Decision(allowed=False, denial=Denial.NOT_LISTED),
                "`example.com` has another label there, and what a name looks like does not count",
                "example.com",
                "have `xn--exmple-4nf.com` added to `allowed_domains` in roles/team.yaml",
            ),
            Location("certificates/shop/www.yaml", 3, 15, 11),
            tuple(f"role{number}" for number in range(13)),
        ),
    ),
    Entity("7f3c2a", "alice"),
    "shop/www",
    "at origin/main",
    "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432",
    (
        Finding(
            "too-many-identifiers",
            "the role `team` at origin/main allows 1 identifiers a certificate, and this has 2",
            Location("certificates/shop/www.yaml", 3, 15, 11),
            hint="split the certificate",
        ),
    ),
)

CORP = Method(Way.DNS_PROVIDER, "corp")
FIRST_ORDER = do.CreateOrder(spec("shop/www"), (why.NewCertificate(),))
PLAN = do.Plan(
    NOW,
    actions=(
        do.RegisterAccount(
            replace(account_spec(), email_contacts=("a@example.com",)), (why.AccountNotRegistered(),)
        ),
        do.UpdateAccount(
            account_spec("known"), (why.ContactsChanged(("a@example.com",), ()), why.TrustedCaChanged())
        ),
        do.RotateKey(account_spec("known"), (why.KeyTooOld(3, NOW - 91 * DAY, 90 * DAY, NOW - DAY),)),
        FIRST_ORDER,
        do.CreateOrder(
            replace(spec("shop/api", "a.example.com"), challenge_type=ChallengeType.DNS_01),
            (
                why.IdentifiersChanged(names("a.example.com"), names("b.example.com")),
                why.KeyTypeChanged(KeyType.RSA_2048, KeyType.EC_256),
            ),
            certificate("shop/api"),
            previous=CHECKING,
            challenges=(PlannedChallenge(names("a.example.com")[0], ChallengeType.DNS_01, CORP),),
        ),
        do.CreateOrder(
            spec("old"),
            (why.RenewalDue(NOW - DAY, NOW + 29 * DAY), why.OrderFailed(ORDER_ID, 1, NOW - DAY, COMPOUND)),
            certificate("old"),
            evidence=Evidence(EVIDENCE.grants[:1]),
        ),
        do.CreateOrder(
            spec("proved", "www.example.com", "api.example.com", "10.0.0.1"),
            (why.NewCertificate(),),
            evidence=EVIDENCE,
            challenges=(
                PlannedChallenge(names("www.example.com")[0], ChallengeType.DNS_01, CORP),
                PlannedChallenge(names("api.example.com")[0], ChallengeType.HTTP_01, None),
                PlannedChallenge(
                    names("10.0.0.1")[0], ChallengeType.TLS_ALPN_01, Method(Way.LISTEN, "0.0.0.0:443")
                ),
            ),
        ),
        do.CreateOrder(
            replace(
                spec("special"),
                reuse_key=True,
                must_staple=True,
                preferred_chain="Root X1",
                not_after=RequestedEnd(after=30 * DAY),
            ),
            (why.MustStapleChanged(after=True), why.EndChanged(None, "30d")),
            certificate("special"),
        ),
        do.ResumeOrder(
            spec("api"),
            CHECKING,
            (why.OrderOpen(CHECKING.order_id, CHECKING.stage, NOW + HOUR),),
            Evidence(EVIDENCE.grants[:1]),
        ),
        do.AbandonOrder(spec("off"), WAITING, (why.NoLongerRequested(),)),
        do.DeliverCertificate(
            spec("files"),
            certificate("files"),
            (
                why.FilesMissing(("cert.pem",)),
                why.FilesAltered(("privkey.pem",)),
                why.PermissionsDiffer((WrongPermission("privkey.pem", "group", "root", "ssl-cert"),)),
            ),
        ),
        do.RevokeCertificate(
            replace(spec("leaked"), revoke=RevocationReason.KEY_COMPROMISE),
            certificate("leaked"),
            RevocationReason.KEY_COMPROMISE,
            (why.RevocationRequested(RevocationReason.KEY_COMPROMISE),),
        ),
        do.ForgetCertificate("gone", (why.NoLongerRequested(),)),
        do.CleanUp(LEFTOVERS, (LEFT_BEHIND,)),
        do.DeactivateAccount(account("gone-ca"), (why.NoLongerRequested(),)),
        REENCRYPTION,
    ),
    held_back=(
        do.HeldBack(
            spec("flaky"),
            (why.NewCertificate(), why.OrderFailed(ORDER_ID, 2, NOW + HOUR, REJECTED)),
            NOW + HOUR,
        ),
        do.HeldBack(
            spec("stopped"), (why.NewCertificate(), why.OrderHeld(ORDER_ID, CANCELLED_BY_HAND)), None
        ),
        do.HeldBack(
            spec("revoked"), (why.CertificateRevoked(REVOCATION.date, RevocationReason.SUPERSEDED),), None
        ),
    ),
    held_keys=(
        do.HeldBackKey(account_spec("busy"), (why.KeyChangePending(1), why.OrdersUnderWay((ORDER_ID,)))),
    ),
    unchanged=12,
    denied=(DENIED, replace(DENIED, message="another")),
    denied_certificates=("x",),
)


AWAITING = events.OrderAwaitsPeople(
    "shop/www",
    ORDER_ID,
    (
        instruction("www.example.com", ChallengeType.HTTP_01),
        instruction("*.example.com", ChallengeType.DNS_01),
        instruction("2001:db8::1", ChallengeType.TLS_ALPN_01),
    ),
)
RESULT = events.ApplyResult(
    reencrypted=(events.KeysReencrypted((RECIPIENT, SSH_RECIPIENT), 12),),
    registered=(events.AccountRegistered("ca", "https://ca.test/account/1"),),
    updated=(events.AccountUpdated("known"),),
    rotated=(events.KeyRotated("known", 3, 4, KeyType.EC_256, NOW),),
    deactivated=(events.AccountDeactivated("gone-ca"),),
    issued=(events.CertificateIssued("shop/api", ORDER_ID, "03:e7", NOW + 90 * DAY, "certs/shop/api"),),
    revoked=(events.CertificateRevoked("leaked", ORDER_ID, "03:e8", RevocationReason.KEY_COMPROMISE),),
    delivered=(events.CertificateDelivered("files", "certs/files"),),
    forgotten=(events.CertificateForgotten("gone"),),
    abandoned=(events.OrderAbandoned("off", ORDER_ID),),
    cleaned_up=(events.CleanedUp("tidy", ORDER_ID),),
    failed=(
        events.ActionFailed("bad", COMPOUND, ORDER_ID, NOW + HOUR),
        events.ActionFailed("other-ca", Problem("urn:reconciler:error:secret", "unset"), kind="account"),
    ),
    awaiting_people=(AWAITING,),
    waiting_for_ca=(events.OrderPostponed("late", ORDER_ID, NOW + HOUR, REJECTED),),
    other_chains=(events.ChainNotOffered("shop/api", ORDER_ID, "Root X9", ("R3", "Root X1")),),
)

EVENTS: tuple[tuple[events.Event, str], ...] = (
    (RESULT.reencrypted[0], f"private keys: 12 keys encrypted for {RECIPIENT}, {SSH_LABEL}"),
    (events.KeysReencrypted((), 1), "private keys: 1 key now in clear"),
    (RESULT.registered[0], "account ca: registered as https://ca.test/account/1"),
    (RESULT.updated[0], "account known: updated"),
    (RESULT.rotated[0], "account known: key version 4 (ec-256) has taken the place of version 3"),
    (RESULT.deactivated[0], "account gone-ca: deactivated; its records and keys are archived"),
    (RESULT.revoked[0], f"leaked: order {ORDER_ID}: revoked 03:e8 (key_compromise)"),
    (
        RESULT.other_chains[0],
        f"shop/api: order {ORDER_ID}: the CA offers no chain by Root X9; taken is one by R3, Root X1",
    ),
    (RESULT.cleaned_up[0], f"tidy: order {ORDER_ID}: what was still presented is taken away"),
    (
        events.OrderAdvanced("shop/www", ORDER_ID, Stage.SUBMITTED),
        f"shop/www: order {ORDER_ID}: is submitted; its authorizations are read",
    ),
    (
        events.OrderPostponed("shop/www", ORDER_ID, NOW + dt.timedelta(seconds=5)),
        f"shop/www: order {ORDER_ID}: waits for the CA until 2026-06-01 12:00:05 UTC",
    ),
    (
        events.CleanUpFailed("shop/www", ORDER_ID, Problem(f"{OWN_ERROR}challenge", "read-only")),
        f"shop/www: order {ORDER_ID}: could not take away what it presented: challenge: read-only; the next "
        "run tries again",
    ),
    (
        events.ChallengeUnseen("shop/www", ORDER_ID, "ns2.example.com does not have it yet"),
        f"shop/www: order {ORDER_ID}: waits until its challenges can be seen: ns2.example.com does not have "
        "it yet",
    ),
    (
        RESULT.waiting_for_ca[0],
        f"late: order {ORDER_ID}: waits for the CA until 2026-06-01 13:00 UTC: "
        "bad.example.com: rejectedIdentifier: not from us",
    ),
    (AWAITING, f"shop/www: order {ORDER_ID}: waits for people to fulfil 3 challenges"),
    (
        RESULT.issued[0],
        f"shop/api: order {ORDER_ID}: issued until 2026-08-30 12:00 UTC, written to certs/shop/api",
    ),
    (RESULT.delivered[0], "files: files written to certs/files"),
    (RESULT.forgotten[0], "gone: forgotten; its records are archived"),
    (RESULT.abandoned[0], f"off: order {ORDER_ID}: abandoned; nobody asks for it any more"),
    (
        RESULT.failed[0],
        f"bad: order {ORDER_ID}: failed: compound: several errors; "
        "bad.example.com: rejectedIdentifier: not from us; "
        "worse.example.com: caa: CAA record forbids issuance (see https://ca.test/help)",
    ),
    (RESULT.failed[1], "account other-ca: failed: secret: unset"),
)
