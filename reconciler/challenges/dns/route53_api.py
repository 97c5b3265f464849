"""Clients of Route 53: credentials, patience, and what its errors mean."""

from __future__ import annotations

import re
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.challenges.dns.libraries import library, shown
from reconciler.challenges.dns.races import LostRaceError
from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boto3.session import Session
    from botocore.credentials import Credentials
    from botocore.exceptions import ClientError
    from types_boto3_route53 import Route53Client

    from reconciler.model.dns_provider import Route53

_EXTRA = "aws-route53"
_LOGGERS = ("boto3", "botocore", "urllib3")
_TRIES = 3
_CREDENTIALS_HOLD = 1800.0  # seconds; those of an assumed role are good for an hour

_LOST = {"InvalidChangeBatch", "PriorRequestNotComplete", "Throttling", "ThrottlingException"}
# Of an InvalidChangeBatch: what the next try would hear as well.
_FOR_GOOD = re.compile("not permitted|too long|exceed|invalid (resource|character|value)")
_REFUSED = (401, 403)  # for any reason, with codes that differ from service to service


class Connection(Struct):
    """How to get a client, and the one that there is.

    Attributes:
        clock: seconds, from any time on.
        made: when the client was made.
        credentials: all that requests were signed with: the given ones, those of the environment, of a role.
    """

    service: Route53
    secret_access_key: str | None
    endpoint_url: str | None
    timeout: float
    clock: Callable[[], float] = monotonic
    client: Route53Client | None = None
    made: float = 0
    credentials: list[Credentials] = field(default_factory=list)

    def __repr__(self) -> str:
        # Nothing of what it holds may stand in a log.
        return f"Connection({self.service!r})"

    @property
    def secrets(self) -> list[str | None]:
        """What must not be shown: a refusal may say back what was sent, a session's token among it."""
        found = [self.secret_access_key]
        for each in self.credentials:
            frozen = each.get_frozen_credentials()
            found += [frozen.secret_key, frozen.token]
        return found


def connect(connection: Connection) -> Route53Client:
    """Return a client whose credentials hold. Not safe for threads, the client is."""
    aged = connection.clock() - connection.made
    if connection.client is None or (connection.service.assume_role_arn and aged > _CREDENTIALS_HOLD):
        connection.client = _new_client(connection)
        connection.made = connection.clock()
    return connection.client


def _new_client(connection: Connection) -> Route53Client:
    service = connection.service
    if bool(service.access_key_id) != bool(connection.secret_access_key):
        raise ChallengeError("Route 53: set both of access_key_id and secret_access_key, or neither")
    with library(_EXTRA, *_LOGGERS):
        from boto3.session import Session
        from botocore.config import Config
    config = Config(
        connect_timeout=connection.timeout,
        read_timeout=connection.timeout,
        retries={"mode": "standard", "total_max_attempts": _TRIES},
    )
    session = Session(service.access_key_id, connection.secret_access_key, None, service.region)
    connection.credentials = _of(session)
    if service.assume_role_arn:
        sts = session.client("sts", endpoint_url=connection.endpoint_url, config=config)
        external = {"ExternalId": service.external_id} if service.external_id else {}
        role = sts.assume_role(RoleArn=service.assume_role_arn, RoleSessionName="reconciler", **external)
        keys = role["Credentials"]
        session = Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], service.region)
        connection.credentials += _of(session)
    return session.client("route53", endpoint_url=connection.endpoint_url, config=config)


def _of(session: Session) -> list[Credentials]:
    found = session.get_credentials()
    return [found] if found else []


@contextmanager
def errors_turned(connection: Connection) -> Iterator[None]:
    """Turn the library's exceptions into this program's; not `from` them: what they say is not cleaned.

    Raises:
        LostRaceError: Route 53 wants to be asked again.
        ChallengeError: everything else.
    """
    with library(_EXTRA, *_LOGGERS):
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
    try:
        yield
    except ClientError as error:
        raise _refusal(error, connection.secrets) from None
    except HTTPClientError as error:
        raise ChallengeError(
            f"Route 53 does not answer ({type(error).__name__}); check the network, the proxy if there is "
            f"one, and the region {connection.service.region!r}"
        ) from error
    except (BotoCoreError, ValueError) as error:
        # No credentials to be found, incomplete ones, or a parameter in a form that AWS does not take.
        raise ChallengeError(
            f"Route 53 cannot be asked: {shown(error, connection.secrets)}; set access_key_id "
            "and secret_access_key, or give the process AWS credentials (a profile, variables, a role)"
        ) from None


def _refusal(error: ClientError, secrets: list[str | None]) -> Exception:
    code = error.response["Error"].get("Code", "")
    message = shown(error, secrets)
    if code in _LOST and not _FOR_GOOD.search(message.lower()):
        return LostRaceError(message)
    if error.response["ResponseMetadata"]["HTTPStatusCode"] in _REFUSED:
        return ChallengeError(
            f"Route 53 does not accept the credentials, or they lack a right: {message}; check "
            "access_key_id, secret_access_key and assume_role_arn; needed are route53:ListHostedZonesByName, "
            "route53:ListResourceRecordSets and route53:ChangeResourceRecordSets"
        )
    if code == "NoSuchHostedZone":
        return ChallengeError(
            f"Route 53 has no such hosted zone: {message}; correct hosted_zone_id, or leave it out"
        )
    return ChallengeError(f"Route 53 refused the request: {message}")
