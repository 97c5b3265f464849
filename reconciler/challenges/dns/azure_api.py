"""Clients of Azure DNS: clouds, credentials, patience, and what errors mean."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from reconciler.challenges.dns.libraries import library, shown
from reconciler.challenges.dns.races import LostRaceError
from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.core.credentials import TokenCredential
    from azure.core.exceptions import AzureError, HttpResponseError
    from azure.mgmt.dns import DnsManagementClient

    from reconciler.model.dns_provider import AzureDns

_EXTRA = "azure-dns"
_LOGGERS = ("azure", "msal", "urllib3")
_RETRIES = 2
_REFUSED = (401, 403)
_NOT_FOUND = 404
_LOST = (409, 412, 429)


class Cloud(Struct, frozen=True):
    """One of the clouds that Azure is.

    Attributes:
        authority: URL of who gives tokens.
        management: URL of the Resource Manager.
        scope: of the tokens that it takes.
        trust: a file with the certificates that its TLS is trusted by; None: those that everybody trusts.
    """

    authority: str
    management: str
    scope: str
    trust: str | None = None


CLOUDS = {
    "AzurePublic": Cloud(
        "https://login.microsoftonline.com",
        "https://management.azure.com",
        "https://management.azure.com/.default",
    ),
    "AzureChina": Cloud(
        "https://login.chinacloudapi.cn",
        "https://management.chinacloudapi.cn",
        "https://management.chinacloudapi.cn/.default",
    ),
    "AzureGovernment": Cloud(
        "https://login.microsoftonline.us",
        "https://management.usgovcloudapi.net",
        "https://management.core.usgovcloudapi.net/.default",
    ),
}
"""By the words that the field `environment` takes."""


def new_client(
    service: AzureDns, client_secret: str | None, cloud: Cloud, timeout: float
) -> DnsManagementClient:
    """Return a client that asks nobody yet.

    Args:
        service: what the tree says.
        client_secret: of the service's `client_id`; None: what is ambient.
        cloud: who to ask.
        timeout: of each connection and silence, in seconds.

    Raises:
        ChallengeError: fields are missing, or the library is.
    """
    with library(_EXTRA, *_LOGGERS):
        from azure.mgmt.dns import DnsManagementClient
    transport: dict[str, Any] = {
        "connection_timeout": timeout,
        "read_timeout": timeout,
        "retry_total": _RETRIES,
        # Of a request with all its tries, whatever the server says about when to come again.
        "timeout": 6 * timeout,
    }
    if cloud.trust:
        transport["connection_verify"] = cloud.trust
    return DnsManagementClient(
        _credential(service, client_secret, cloud, transport),
        service.subscription_id,
        base_url=cloud.management,
        credential_scopes=[cloud.scope],
        **transport,
    )


def _credential(
    service: AzureDns, client_secret: str | None, cloud: Cloud, transport: dict[str, Any]
) -> TokenCredential:
    with library(_EXTRA, *_LOGGERS):
        from azure.identity import ClientSecretCredential, DefaultAzureCredential
    # The authority is one of ours: nobody has to be asked whether there is such a one.
    options = {"authority": cloud.authority, "disable_instance_discovery": True, **transport}
    if client_secret:
        if not service.client_id or not service.tenant_id:
            raise ChallengeError("Azure DNS: client_secret needs client_id and tenant_id; set them")
        return ClientSecretCredential(service.tenant_id, service.client_id, client_secret, **options)
    if service.client_id:
        options["managed_identity_client_id"] = service.client_id
    return DefaultAzureCredential(**options)


@contextmanager
def errors_turned(service: AzureDns, client_secret: str | None, zone: str) -> Iterator[None]:
    """Turn the library's exceptions into this program's.

    Raises:
        LostRaceError: Azure wants to be asked again.
        ChallengeError: everything else.
    """
    with library(_EXTRA, *_LOGGERS):
        from azure.core.exceptions import (
            AzureError,
            ClientAuthenticationError,
            HttpResponseError,
            ServiceRequestError,
            ServiceResponseError,
        )
    try:
        yield
    except ClientAuthenticationError as error:
        if isinstance(error.__cause__, ServiceRequestError | ServiceResponseError):
            raise _silence(error.__cause__, client_secret) from None
        # Not `from error`: it carries the request for a token, and so the secret.
        raise ChallengeError(
            f"Azure DNS: no token for these credentials: {shown(error.message, [client_secret])}; check "
            "client_id, client_secret and tenant_id, or, without them, the managed identity"
        ) from None
    except HttpResponseError as error:
        raise _refusal(error, service, zone, shown(error.message, [client_secret])) from None
    except AzureError as error:
        raise _silence(error, client_secret) from None
    except ValueError as error:
        raise ChallengeError(
            f"Azure DNS cannot be asked: {shown(error, [client_secret])}; check client_id and tenant_id"
        ) from None


def _silence(error: AzureError, client_secret: str | None) -> ChallengeError:
    said = shown(error.message, [client_secret])
    return ChallengeError(
        f"Azure DNS does not answer: {said}; check the network, and the proxy if there is one"
    )


def _refusal(error: HttpResponseError, service: AzureDns, zone: str, message: str) -> Exception:
    if error.status_code in _LOST:
        return LostRaceError(message)
    if error.status_code in _REFUSED:
        return ChallengeError(
            f"Azure DNS does not let these credentials do it: {message}; give them the role DNS Zone "
            f"Contributor in the resource group {service.resource_group_name}"
        )
    if error.status_code == _NOT_FOUND:
        return ChallengeError(
            f"Azure DNS has no zone {zone} in the resource group {service.resource_group_name} of the "
            f"subscription {service.subscription_id}: {message}; make it, or correct these "
            "fields and zone_name"
        )
    return ChallengeError(f"Azure DNS refused the request: {message}")
