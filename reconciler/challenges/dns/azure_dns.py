"""DNS records through Azure DNS."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from reconciler.challenges.dns.azure_api import CLOUDS, Cloud, errors_turned, new_client
from reconciler.challenges.dns.races import until_won
from reconciler.challenges.dns.record_sets import RecordSet, by_name, changed, character_strings
from reconciler.errors import ChallengeError
from reconciler.orders.records import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from azure.mgmt.dns import DnsManagementClient
    from azure.mgmt.dns.models import RecordSet as AzureRecordSet

    from reconciler.challenges.dns.port import TxtRecord
    from reconciler.challenges.dns.record_sets import ValueChange
    from reconciler.model.dns_provider import AzureDns


class AzureDnsPublisher:
    """Records in zones of Azure DNS.

    Azure has no change of several names in one request. Each record set is written only if it still has the
    entity tag that was read, so values that others add at the same time stay.
    """

    def __init__(
        self,
        service: AzureDns,
        ttl: int,
        client_secret: str | None = None,
        *,
        cloud: Cloud | None = None,
        timeout: float = 10,
    ) -> None:
        """Ask nobody yet.

        Args:
            service: what the tree says.
            ttl: of new record sets, in seconds.
            client_secret: belongs to the service's `client_id`; without it, what is ambient.
            cloud: another than that which the service names.
            timeout: of each request's connection and silence, in seconds; a request is made three times.
        """
        self._service = service
        self._ttl = ttl
        self._client_secret = client_secret
        self._cloud = cloud
        self._timeout = timeout
        self._client: DnsManagementClient | None = None
        self._lock = threading.Lock()

    def change(self, zone: str, add: Sequence[TxtRecord], remove: Sequence[TxtRecord]) -> None:
        """Add and remove values, one name after the other."""
        for name, change in by_name(add, remove).items():
            self._ask(zone, partial(self._change_one, name=name, change=change))

    def check_access(self, zone: str) -> None:
        """See whether the zone is there, and can be read; not if it may be changed."""
        self._ask(zone, lambda client, zone: client.zones.get(self._service.resource_group_name, zone))

    def _ask(self, zone: str, act: Callable[[DnsManagementClient, str], object]) -> None:
        zone = self._service.zone_name.rstrip(".").lower() if self._service.zone_name else zone

        def once() -> None:
            with errors_turned(self._service, self._client_secret, zone):
                act(self._connected(), zone)

        with self._lock:
            until_won(once, f"Azure DNS: the zone {zone}")

    def _connected(self) -> DnsManagementClient:
        if self._client is None:
            cloud = self._cloud or CLOUDS.get(self._service.environment)
            if cloud is None:
                raise ChallengeError(
                    f"Azure DNS: there is no environment {self._service.environment!r}; it is one of "
                    f"{', '.join(CLOUDS)}"
                )
            self._client = new_client(self._service, self._client_secret, cloud, self._timeout)
        return self._client

    def _change_one(self, client: DnsManagementClient, zone: str, name: str, change: ValueChange) -> None:
        from azure.core.exceptions import ResourceNotFoundError
        from azure.mgmt.dns.models import RecordSet as AzureRecordSet
        from azure.mgmt.dns.models import TxtRecord as AzureTxtRecord

        place = self._service.resource_group_name, zone, _relative(name, zone), "TXT"
        try:
            found = client.record_sets.get(*place)
        except ResourceNotFoundError:
            # Perhaps there is no such zone either: then there is nothing to remove, and adding shows it.
            found = None
        present = _record_set(found)
        wanted = changed(present, change, self._ttl)
        if wanted == present:
            return
        if wanted is None:
            client.record_sets.delete(*place, if_match=found.etag if found else None)
            return
        # What else is written in the record set, stays in it.
        new = found or AzureRecordSet(ttl=wanted.ttl)
        new.txt_records = [AzureTxtRecord(value=character_strings(value)) for value in wanted.values]
        if found:
            client.record_sets.create_or_update(*place, new, if_match=found.etag)
        else:
            client.record_sets.create_or_update(*place, new, if_none_match="*")


def _record_set(found: AzureRecordSet | None) -> RecordSet | None:
    if found is None:
        return None
    return RecordSet(tuple(quoted(each.value or ()) for each in found.txt_records or ()), found.ttl or 0)


def _relative(name: str, zone: str) -> str:
    if name == zone:
        return "@"
    if not name.endswith(f".{zone}"):
        raise ChallengeError(
            f"Azure DNS: {name} is not in the zone {zone}; correct zone_name, or leave it out"
        )
    return name.removesuffix(f".{zone}")
