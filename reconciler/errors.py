"""The exceptions of this program; foreign ones are turned into these where they enter.

Every message is written for the person who has to act on it: what is wrong, where, and what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.model.finding import Finding
    from reconciler.model.problem import Problem


class ReconcilerError(Exception):
    """Anything this program reports to its user without a traceback."""


class InvalidIdentifierError(ReconcilerError):
    """A text is no identifier that a certificate could carry; the message says why."""


class InvalidEntryError(ReconcilerError):
    """An entry of a role's lists of names or addresses cannot be understood; the message says why.

    `hint` is what to do about it, where there is more to say than the message does.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class InvalidTreeError(ReconcilerError):
    """The desired tree has errors; all findings, warnings included, are in `findings`."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        errors = sum(finding.severity == "error" for finding in findings)
        super().__init__(f"the tree has {errors} error(s)")
        self.findings = tuple(findings)


class SecretError(ReconcilerError):
    """A secret that the tree refers to cannot be read; never holds the secret."""


class EncryptionError(ReconcilerError):
    """A private key of the state cannot be decrypted, or not be encrypted; never holds the key."""


class RepositoryError(ReconcilerError):
    """The Git repository cannot answer: damaged, cut off (shallow), or Git does not use it."""


class AccountError(ReconcilerError):
    """An account cannot be used as the tree describes it."""


class AccountGoneError(AccountError):
    """The CA does not accept an account any more: deactivated, revoked, forgotten, or with another key.

    `problem` is what it said.
    """

    def __init__(self, message: str, problem: Problem) -> None:
        super().__init__(message)
        self.problem = problem


class StateError(ReconcilerError):
    """The state directory, or one record in it, cannot be read or written."""


class RecordError(StateError):
    """A record of the state cannot be read, or is not what it should be.

    Attributes:
        path: of its file.
        line: where in it, from 1; 0 is the file as a whole.
        what: is wrong, without the place.
    """

    def __init__(self, path: str, line: int, what: str) -> None:
        super().__init__(f"{path}:{line}: {what}" if line else f"{path}: {what}")
        self.path = path
        self.line = line
        self.what = what


class MisplacedRecordError(RecordError):
    """A record is that of another name than its file's."""


class NewerFormatError(StateError):
    """The state was written by a newer version of this program."""


class SavedPlanError(ReconcilerError):
    """A file is no saved plan, or none that this program can use."""


class StalePlanError(ReconcilerError):
    """What is to be applied is not what was reviewed: something that it touches has changed since."""


class OldTreeError(StalePlanError):
    """The tree that is checked out is not the newest: a commit after it is for the state to follow."""


class StateLockedError(StateError):
    """Another process works on the state directory."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"the state is locked by {holder}")
        self.holder = holder


class ClaimedError(ReconcilerError):
    """Another run, in another clone, has claimed what is to be changed."""


class DeliveryError(ReconcilerError):
    """Certificate files could not be written to their place."""


class ChallengeError(ReconcilerError):
    """A challenge cannot be fulfilled here (a webroot that cannot be written, for example)."""


class InvalidAddressError(ChallengeError):
    """The address of a server is not one."""


class InvalidCertificateError(ReconcilerError):
    """What the CA sent as a certificate chain is not one for the key and exactly the names of the order."""


class OtherKeyError(InvalidCertificateError):
    """A certificate was issued for another key than that of the order."""


class InvalidRequestError(ReconcilerError):
    """A certificate signing request is not one to order with; the message says why, and what to do."""


class NoAnswerError(ChallengeError):
    """Nobody has answered what had to be asked of the DNS, or of a provider: nothing was found out.

    Attributes:
        fault: who does not answer, and what to do: the same for all questions that nobody has answered.
    """

    def __init__(self, message: str, fault: str | None = None) -> None:
        super().__init__(message)
        self.fault = fault or message


class ReportError(ReconcilerError):
    """A report could not be written to its place; all else was done."""


class UnknownResourceError(ReconcilerError):
    """A command names an order, certificate or account that does not exist."""


class CAError(ReconcilerError):
    """A request to the CA did not succeed."""


class CAUnavailableError(CAError):
    """The CA could not be reached, or cannot serve us now (network, 5xx, 429): worth another try.

    `retry_after` is the time before which the CA does not want to be asked again (RFC 8555 section 6.6).
    `problem` is the CA's problem document, where it sent one.
    """

    def __init__(
        self, message: str, retry_after: datetime | None = None, problem: Problem | None = None
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.problem = problem


class ProblemError(CAError):
    """The CA refused a request with a problem document (RFC 8555 section 6.7)."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class ProtocolError(CAError):
    """The CA's answer is not what the protocol allows; another try would not help."""
