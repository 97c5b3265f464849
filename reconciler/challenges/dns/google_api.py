"""Clients of Google Cloud DNS: credentials, patience, and what errors mean."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from reconciler.challenges.dns.libraries import library, shown
from reconciler.challenges.dns.races import LostRaceError
from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.credentials import Credentials
    from google.auth.transport.requests import AuthorizedSession
    from google.cloud.dns import Client

    from reconciler.model.dns_provider import GoogleCloudDns

_EXTRA = "google-cloud-dns"
_LOGGERS = ("google", "urllib3")
_SCOPES = ("https://www.googleapis.com/auth/ndev.clouddns.readwrite",)
_SECRET_FIELDS = ("private_key", "private_key_id", "refresh_token", "client_secret")
_LOST = (409, 412, 429, 503)
_NOT_FOUND = 404
_REFUSED = (401, 403)


class Endpoints(Struct, frozen=True):
    """Who is asked."""

    dns: str = "https://dns.googleapis.com"
    iam: str = "https://iamcredentials.googleapis.com"


class _PatientSession:
    """A session that does not wait longer than it is told to, however the library calls it."""

    def __init__(self, session: AuthorizedSession, timeout: float) -> None:
        self._session = session
        self._timeout = timeout

    def request(self, **arguments: Any) -> object:  # noqa: ANN401 - as the library calls it
        """Make a request, with the tokens that it takes."""
        limits = {"timeout": self._timeout, "max_allowed_time": 3 * self._timeout}
        return self._session.request(**{**arguments, **limits})


def new_client(
    service: GoogleCloudDns, credentials: str | None, endpoints: Endpoints, timeout: float
) -> Client:
    """Return a client that has asked nobody, if there are credentials.

    Args:
        service: what the tree says.
        credentials: the JSON of a service account's key, or of a user's credentials; None: what is ambient.
        endpoints: who to ask.
        timeout: of each connection and silence, in seconds.

    Raises:
        ChallengeError: there are no usable credentials, no project, or no library.
    """
    with library(_EXTRA, *_LOGGERS):
        import google.auth.impersonated_credentials
        from google.auth.transport.requests import AuthorizedSession
        from google.cloud.dns import Client
    found, project = _from_json(credentials) if credentials else google.auth.default(scopes=_SCOPES)
    if service.impersonate_service_account:
        account = service.impersonate_service_account
        found = google.auth.impersonated_credentials.Credentials(
            found,
            account,
            _SCOPES,
            iam_endpoint_override=f"{endpoints.iam}/v1/projects/-/serviceAccounts/{account}:generateAccessToken",
        )
    project = service.project or project
    if not project:
        raise ChallengeError("Google Cloud DNS: the credentials do not say which project; set project")
    session = _PatientSession(AuthorizedSession(found, refresh_timeout=timeout), timeout)
    return Client(
        project=project, credentials=found, _http=session, client_options={"api_endpoint": endpoints.dns}
    )


def _from_json(credentials: str) -> tuple[Credentials, str | None]:
    """Return credentials that are read from JSON, and their project.

    Only kinds that name no programs and no other places to get tokens from are taken, but for the token's URL
    of a key: whoever can write the secret, need not be able to do more than that.
    """
    from google.oauth2.credentials import Credentials as UserCredentials
    from google.oauth2.service_account import Credentials as ServiceAccountCredentials

    try:
        parsed = json.loads(credentials)
        kind, project = parsed["type"], parsed.get("project_id")
        if kind == "service_account":
            return ServiceAccountCredentials.from_service_account_info(parsed, scopes=_SCOPES), project
        if kind == "authorized_user":
            return UserCredentials.from_authorized_user_info(parsed, scopes=_SCOPES), project
    except (ValueError, TypeError, KeyError, AttributeError):
        # What is wrong with it cannot be said without showing some of it.
        raise ChallengeError(
            "Google Cloud DNS: credentials is not the JSON of a service account's key, as Google gives it"
        ) from None
    raise ChallengeError(
        "Google Cloud DNS: credentials of this type are not taken from the tree; give the JSON of a "
        "service account's key, or leave credentials out and set GOOGLE_APPLICATION_CREDENTIALS"
    )


@contextmanager
def errors_turned(credentials: str | None, zone: str) -> Iterator[None]:
    """Turn the library's exceptions into this program's.

    Raises:
        LostRaceError: Google wants to be asked again.
        ChallengeError: everything else.
    """
    with library(_EXTRA, *_LOGGERS):
        from google.api_core.exceptions import GoogleAPICallError
        from google.auth.exceptions import GoogleAuthError, TransportError
    secrets = _secrets(credentials)
    try:
        yield
    except GoogleAPICallError as error:
        raise _refusal(error, zone, shown(error.message, secrets)) from None
    except (TransportError, OSError) as error:
        # The HTTP library's own exceptions are OSErrors.
        raise ChallengeError(
            f"Google Cloud DNS does not answer ({type(error).__name__}); check the network, and "
            "the proxy if there is one"
        ) from None
    except GoogleAuthError as error:
        raise ChallengeError(
            f"Google Cloud DNS: no token for these credentials: {shown(error, secrets)}; give the JSON of a "
            "valid key in credentials, or, without it, the process Application Default Credentials"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise ChallengeError(
            f"Google Cloud DNS gave an answer that is none ({type(error).__name__}); is something between?"
        ) from None


def _refusal(error: GoogleAPICallError, zone: str, message: str) -> Exception:
    # A record set that is to be replaced, and is not there any more, is "not found" as well.
    gone = error.code == _NOT_FOUND and "entity.change" in message
    if error.code in _LOST or gone:
        return LostRaceError(message)
    if error.code in _REFUSED:
        return ChallengeError(
            f"Google Cloud DNS does not let these credentials do it: {message}; give them the role "
            "roles/dns.admin in the project, or check project"
        )
    if error.code == _NOT_FOUND:
        return ChallengeError(
            f"Google Cloud DNS has no such managed zone for {zone}: {message}; correct zone_name or project"
        )
    return ChallengeError(f"Google Cloud DNS refused the request: {message}")


def _secrets(credentials: str | None) -> Sequence[str]:
    try:
        parsed = json.loads(credentials or "{}")
        return [str(parsed[field]) for field in _SECRET_FIELDS if field in parsed]
    except (ValueError, TypeError):
        return [credentials or ""]
