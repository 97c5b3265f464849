"""Failures as problem documents, so that all of them are recorded and shown alike."""

from __future__ import annotations

import logging

from reconciler import errors
from reconciler.model.problem import OWN_ERROR, Problem

log = logging.getLogger(__name__)

CA_UNAVAILABLE = "caUnavailable"

NOT_SEEN = f"{OWN_ERROR}challengeNotSeen"
"""Of an order whose challenges cannot be seen everywhere yet."""

NO_TIME = Problem(f"{OWN_ERROR}noTime", "the run's time was over")
"""Of what a run had no time for."""

_CODES: tuple[tuple[type[BaseException], str], ...] = (
    (errors.CAUnavailableError, CA_UNAVAILABLE),
    (errors.ProtocolError, "protocol"),
    (errors.InvalidCertificateError, "invalidCertificate"),
    (errors.ChallengeError, "challenge"),
    (errors.DeliveryError, "delivery"),
    (errors.StateError, "state"),
    (errors.SecretError, "secret"),
    (errors.EncryptionError, "encryption"),
    (errors.AccountGoneError, "accountGone"),
    (errors.AccountError, "account"),
    (errors.ReconcilerError, "failed"),
)


def problem_of(error: Exception) -> Problem:
    """Return what `error` says as a problem: the CA's own document where it sent one."""
    if isinstance(error, errors.ProblemError):
        return error.problem
    if isinstance(error, errors.CAUnavailableError) and error.problem is not None:
        return error.problem
    code = next((code for kind, code in _CODES if isinstance(error, kind)), None)
    if code is None:
        log.debug("an error that nobody expected", exc_info=error)
        return Problem(
            f"{OWN_ERROR}internal", f"a bug in reconciler, please report it: {type(error).__name__}: {error}"
        )
    return Problem(f"{OWN_ERROR}{code}", str(error))
