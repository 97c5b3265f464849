"""What a plan can hold: a closed union of actions. Match on it with `assert_never`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

from reconciler.model.selection import EVERYTHING
from reconciler.plan import reasons as why

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.model.account import Account, AccountSpec
    from reconciler.model.certificate import Certificate, CertificateSpec
    from reconciler.model.evidence import Evidence
    from reconciler.model.finding import Finding
    from reconciler.model.flaw import FlawedRecord
    from reconciler.model.instruction import Leftovers
    from reconciler.model.order import Order
    from reconciler.model.revocation import RevocationReason
    from reconciler.model.safety import PassedLimit
    from reconciler.model.selection import Selection
    from reconciler.orders.methods import PlannedChallenge
    from reconciler.plan.reasons import Reason

_OF_REPETITIONS = (why.OrderFailed, why.OrderExpired, why.OrderHeld)
_OF_RENEWALS = (why.RenewalDue, *_OF_REPETITIONS)


class _OfAccount:
    """What an action about an account has in common with the others."""

    __slots__ = ()
    account: AccountSpec | Account

    @property
    def subject(self) -> str:
        """The account's name."""
        return self.account.name


class RegisterAccount(_OfAccount, Struct, frozen=True):
    """Make an account key and register it with the CA (RFC 8555 section 7.3)."""

    kind: ClassVar = "register_account"
    account: AccountSpec
    reasons: tuple[Reason, ...]


class UpdateAccount(_OfAccount, Struct, frozen=True):
    """Tell the CA of other contacts (RFC 8555 section 7.3.2), or remember another CA behind its TLS."""

    kind: ClassVar = "update_account"
    account: AccountSpec
    reasons: tuple[Reason, ...]


class RotateKey(_OfAccount, Struct, frozen=True):
    """Put another key in the place of an account's (RFC 8555 section 7.3.5), or end a change begun before."""

    kind: ClassVar = "rotate_key"
    account: AccountSpec
    reasons: tuple[Reason, ...]


class DeactivateAccount(_OfAccount, Struct, frozen=True):
    """Deactivate an account that the tree no longer has (RFC 8555 section 7.3.6), and archive its records."""

    kind: ClassVar = "deactivate_account"
    account: Account
    reasons: tuple[Reason, ...]


class _OfCertificate:
    """What an action about a requested certificate has in common with the others."""

    __slots__ = ()
    spec: CertificateSpec

    @property
    def subject(self) -> str:
        """The certificate's name."""
        return self.spec.name


class CreateOrder(_OfCertificate, Struct, frozen=True):
    """Order a certificate: the first (`current` is None) or one that takes the place of `current`.

    `evidence` is what the policy allows it on, `challenges` who is likely to fulfil them. `previous` is the
    last order, where there is one that the certificate did not come from: it failed, expired, or asks for
    something else than the tree does now. It is archived.
    """

    kind: ClassVar = "create_order"
    spec: CertificateSpec
    reasons: tuple[Reason, ...]
    current: Certificate | None = None
    previous: Order | None = None
    evidence: Evidence | None = None
    challenges: tuple[PlannedChallenge, ...] = ()

    @property
    def account_name(self) -> str:
        """The account that it is ordered through."""
        return self.spec.role.acme_account_name

    @property
    def is_renewal(self) -> bool:
        """Whether it takes the place of a certificate for no other reason than that its end is near."""
        return self.current is not None and all(isinstance(each, _OF_RENEWALS) for each in self.reasons)

    @property
    def is_repeated(self) -> bool:
        """Whether an order for the same was made before, and came to nothing."""
        return any(isinstance(each, _OF_REPETITIONS) for each in self.reasons)


class ResumeOrder(_OfCertificate, Struct, frozen=True):
    """Go on with an order that an earlier run began; `evidence` is what the policy allows it on today."""

    kind: ClassVar = "resume_order"
    spec: CertificateSpec
    order: Order
    reasons: tuple[Reason, ...]
    evidence: Evidence | None = None
    challenges: tuple[PlannedChallenge, ...] = ()

    @property
    def account_name(self) -> str:
        """The account that made the order; the role may name another one by now."""
        return self.order.account_name


class DeliverCertificate(_OfCertificate, Struct, frozen=True):
    """Write the files of an issued certificate (again); no request to the CA."""

    kind: ClassVar = "deliver_certificate"
    spec: CertificateSpec
    certificate: Certificate
    reasons: tuple[Reason, ...]


class AbandonOrder(_OfCertificate, Struct, frozen=True):
    """Archive an order under way that the tree no longer asks for, while the certificate it has is right."""

    kind: ClassVar = "abandon_order"
    spec: CertificateSpec
    order: Order
    reasons: tuple[Reason, ...]


class RevokeCertificate(_OfCertificate, Struct, frozen=True):
    """Revoke the certificate in force (RFC 8555 section 7.6); its records and files stay."""

    kind: ClassVar = "revoke_certificate"
    spec: CertificateSpec
    certificate: Certificate
    reason: RevocationReason
    reasons: tuple[Reason, ...]


class ForgetCertificate(Struct, frozen=True):
    """Archive the records of a certificate that the tree no longer has; nothing is revoked or deleted.

    There is a `certificate`, an `order` under way (or a failed one), or both.
    """

    kind: ClassVar = "forget_certificate"
    name: str
    reasons: tuple[Reason, ...]
    certificate: Certificate | None = None
    order: Order | None = None

    @property
    def subject(self) -> str:
        """The certificate's name."""
        return self.name


class CleanUp(Struct, frozen=True):
    """Take away what an order of an earlier run has presented, and no longer needs."""

    kind: ClassVar = "clean_up"
    leftovers: Leftovers
    reasons: tuple[Reason, ...]

    @property
    def subject(self) -> str:
        """The certificate's name."""
        return self.leftovers.certificate_name


class ReencryptKeys(Struct, frozen=True):
    """Encrypt all private keys in the state for other recipients; also the first time, or not any more.

    Attributes:
        recipients: whom they are encrypted for then; none: they are in clear.
        added, removed: how these differ from whom they were encrypted for.
        number: how many keys there are.
    """

    kind: ClassVar = "reencrypt_keys"
    recipients: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    number: int
    reasons: tuple[Reason, ...]

    @property
    def subject(self) -> str:
        """What it is about."""
        return "private keys"


AccountAction = RegisterAccount | UpdateAccount | RotateKey | DeactivateAccount

Action = (
    ReencryptKeys
    | AccountAction
    | CreateOrder
    | ResumeOrder
    | AbandonOrder
    | DeliverCertificate
    | RevokeCertificate
    | ForgetCertificate
    | CleanUp
)


class HeldBack(_OfCertificate, Struct, frozen=True):
    """A certificate that needs an order which must not be made yet (see the reasons).

    `until` is None where no time ends that, but a person.
    """

    spec: CertificateSpec
    reasons: tuple[Reason, ...]
    until: datetime | None


class HeldBackKey(_OfAccount, Struct, frozen=True):
    """An account whose key is to be changed, which must not be done as long as orders are under way.

    Or one that is to be changed in any way while another run works on it (see the reasons).
    """

    account: AccountSpec | Account
    reasons: tuple[Reason, ...]


class HeldBackAction(Struct, frozen=True):
    """What is about nothing that the tree asks for, and must not be done yet (see the reasons).

    `until` is None where no time ends that, but a person.
    """

    action: ReencryptKeys | ForgetCertificate | CleanUp
    reasons: tuple[Reason, ...]
    until: datetime | None

    @property
    def subject(self) -> str:
        """What it is about."""
        return self.action.subject


class Plan(Struct, frozen=True):
    """Everything that `apply` would do, in the order in which it is shown.

    Attributes:
        held_back: what is due but has to wait for its next attempt; no change of this run.
        unchanged: how many certificates are as the tree wants them.
        held_keys: likewise of the accounts' keys.
        held_actions: likewise of what is about nothing that the tree asks for.
        denied: findings of the policy, and of what must be said explicitly; the certificates they are about
            have no action.
        denied_certificates: the names of these.
        now: the time that the plan was made for.
        selection: what was chosen of the tree; the plan has nothing of the rest.
        passed_limits: the limits that it passes; nothing of it may be done then.
        flawed: the records of the state that cannot be read; what they are about is held back.
    """

    now: datetime
    actions: tuple[Action, ...] = ()
    held_back: tuple[HeldBack, ...] = ()
    unchanged: int = 0
    denied: tuple[Finding, ...] = ()
    denied_certificates: tuple[str, ...] = ()
    held_keys: tuple[HeldBackKey, ...] = ()
    held_actions: tuple[HeldBackAction, ...] = ()
    selection: Selection = EVERYTHING
    passed_limits: tuple[PassedLimit, ...] = ()
    flawed: tuple[FlawedRecord, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether something is due that has to wait."""
        return bool(self.held_back or self.held_keys or self.held_actions)

    @property
    def has_changes(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.actions)
