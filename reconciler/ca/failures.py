"""Why a request has no answer, in words; and whether the CA may have got it."""

from __future__ import annotations

import socket
import ssl

from reconciler.ca.texts import clean
from reconciler.errors import CAUnavailableError
from reconciler.model.problem import OWN_ERROR, Problem

# X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: no trusted_ca would help.
_WRONG_NAME = (62, 64)
# X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED: nor here.
_WRONG_TIME = {9: "; if it is", 10: "; if it has not"}
_OLD_TLS = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "WRONG_VERSION_NUMBER"})


class ConnectError(Exception):
    """No connection was made, so nothing was sent; the cause says why."""


class NoHttpError(Exception):
    """What came back is no HTTP, or none that is taken here; says what is wrong with it."""


class AnswerLostError(CAUnavailableError):
    """The request went out, but no whole answer came back: the CA may or may not have acted on it."""


class GarbledAnswerError(AnswerLostError):
    """What came back is of somebody who does not speak ACME (a page of a load balancer), or lost on the way.

    The CA may or may not have acted, and the same request may be answered well in a moment.
    """


def unavailable(error: Exception, url: str) -> CAUnavailableError:
    """Return what to raise for a failed request to `url`."""
    text = f"{url}: {reason(error)}"
    return CAUnavailableError(text) if isinstance(error, ConnectError) else AnswerLostError(text)


def out_of_time(url: str) -> CAUnavailableError:
    """Return what to raise in the place of a request that would begin when the run's time is over."""
    detail = f"{url}: not asked any more: the run's time is over"
    return CAUnavailableError(detail, problem=Problem(f"{OWN_ERROR}noTime", detail))


def reason(error: BaseException) -> str:
    """Return the root of a failure in a few words."""
    root = error
    while root.__cause__ is not None:
        root = root.__cause__
    match root:
        case ssl.SSLCertVerificationError():
            return (
                f"the server's certificate is refused: {clean(root.verify_message, 200)}"
                f"{_hint(root.verify_code)}"
            )
        case TimeoutError():
            return "no answer in time"
        case socket.gaierror():
            return f"the name does not resolve ({root.strerror})"
        # Some versions of Python have no error of its own for a TLS stream that was cut off.
        case (
            ConnectionResetError()
            | BrokenPipeError()
            | ssl.SSLEOFError()
            | ssl.SSLError(reason="UNEXPECTED_EOF_WHILE_READING")
        ):
            return "the connection was closed before a whole answer came"
        case EOFError():
            return "the answer broke off"
        case ssl.SSLError():
            hint = "; TLS 1.2 or newer is needed" if root.reason in _OLD_TLS else ""
            return f"TLS failed ({root.reason}){hint}"
        case OSError():
            return clean(root.strerror or str(root), 200)
        case NoHttpError():
            return f"no valid HTTP ({clean(str(root), 200)})"
    return f"{type(root).__name__}: {clean(str(root), 200)}"


def _hint(verify_code: int) -> str:
    if verify_code in _WRONG_NAME:
        return ""
    if verify_code in _WRONG_TIME:
        return f"{_WRONG_TIME[verify_code]}, the clock of this machine is wrong"
    return "; the CA behind it can be named in trusted_ca"
