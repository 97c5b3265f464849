"""DNS records through Google Cloud DNS."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from reconciler.challenges.dns.google_api import Endpoints, errors_turned, new_client
from reconciler.challenges.dns.races import until_won
from reconciler.challenges.dns.record_sets import RecordSet, by_name, changed
from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from google.cloud.dns import Client, ManagedZone

    from reconciler.challenges.dns.port import TxtRecord
    from reconciler.challenges.dns.record_sets import ValueChange
    from reconciler.model.dns_provider import GoogleCloudDns


class GoogleCloudDnsPublisher:
    """Records in managed zones of Google Cloud DNS.

    Each record set is replaced only if it still is what was read: a change names the old set, with its
    values, and the new one, and holds as a whole or not at all. So values that others add meanwhile stay.
    """

    def __init__(
        self,
        service: GoogleCloudDns,
        ttl: int,
        credentials: str | None = None,
        *,
        endpoints: Endpoints | None = None,
        timeout: float = 10,
    ) -> None:
        """Ask nobody yet.

        Args:
            service: what the tree says.
            ttl: of new record sets, in seconds.
            credentials: the JSON of a service account's key; without it, what is ambient.
            endpoints: others than Google's.
            timeout: of each request's connection and silence, in seconds.
        """
        self._service = service
        self._ttl = ttl
        self._credentials = credentials
        self._endpoints = endpoints or Endpoints()
        self._timeout = timeout
        self._client: Client | None = None
        self._found: dict[str, str] = {}
        self._lock = threading.Lock()

    def change(self, zone: str, add: Sequence[TxtRecord], remove: Sequence[TxtRecord]) -> None:
        """Add and remove values, all names in one change."""
        if names := by_name(add, remove):
            self._ask(zone, lambda client: self._change(self._managed_zone(client, zone), names))

    def check_access(self, zone: str) -> None:
        """See whether the zone is there, and can be read; not if it may be changed."""
        self._ask(zone, lambda client: self._check_zone(client, zone))

    def _ask(self, zone: str, act: Callable[[Client], None]) -> None:
        def once() -> None:
            with errors_turned(self._credentials, zone):
                if self._client is None:
                    self._client = new_client(
                        self._service, self._credentials, self._endpoints, self._timeout
                    )
                act(self._client)

        with self._lock:
            until_won(once, f"Google Cloud DNS: the zone {zone}")

    def _managed_zone(self, client: Client, zone: str) -> ManagedZone:
        if self._service.zone_name:
            return client.zone(self._service.zone_name)
        if zone not in self._found:
            listed = client.list_zones()
            listed.extra_params = {"dnsName": f"{zone}."}
            # A zone that only a network of the project sees is nothing to a CA. The library does not show it.
            names = [
                each.name
                for each in listed
                if each.dns_name == f"{zone}." and each._properties.get("visibility", "public") == "public"
            ]
            if not names:
                raise ChallengeError(
                    f"Google Cloud DNS: the project {client.project} has no public managed zone for {zone}; "
                    "make it, or correct project or credentials"
                )
            if len(names) > 1:
                raise ChallengeError(
                    f"Google Cloud DNS: the project {client.project} has {len(names)} public managed zones "
                    f"for {zone}; set zone_name to the one that is delegated to: {', '.join(sorted(names))}"
                )
            self._found[zone] = names[0]
        return client.zone(self._found[zone])

    def _check_zone(self, client: Client, zone: str) -> None:
        managed = self._managed_zone(client, zone)
        managed.reload()
        if managed.dns_name != f"{zone}.":
            raise ChallengeError(
                f"Google Cloud DNS: the managed zone {managed.name} is not that of {zone}; correct "
                "zone_name, or leave it out"
            )
        _present(managed, zone)

    def _change(self, managed: ManagedZone, names: Mapping[str, ValueChange]) -> None:
        changes = managed.changes()
        for name, change in names.items():
            present = _present(managed, name)
            wanted = changed(present, change, self._ttl)
            if wanted == present:
                continue
            for record_set, put in ((present, changes.delete_record_set), (wanted, changes.add_record_set)):
                if record_set:
                    values = list(record_set.values)
                    put(managed.resource_record_set(f"{name}.", "TXT", record_set.ttl, values))
        if changes.additions or changes.deletions:
            changes.create()


def _present(managed: ManagedZone, name: str) -> RecordSet | None:
    listed = managed.list_resource_record_sets()
    listed.extra_params = {"name": f"{name}.", "type": "TXT"}
    for each in listed:
        if each.name == f"{name}." and each.record_type == "TXT":
            return RecordSet(tuple(each.rrdatas), each.ttl)
    return None
