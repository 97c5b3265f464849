"""DNS records through Amazon Route 53."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from reconciler.challenges.dns.races import until_won
from reconciler.challenges.dns.record_sets import by_name, changed
from reconciler.challenges.dns.route53_api import Connection, connect, errors_turned
from reconciler.challenges.dns.route53_changes import batches, present_set, replacement
from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from types_boto3_route53 import Route53Client
    from types_boto3_route53.type_defs import ChangeTypeDef

    from reconciler.challenges.dns.port import TxtRecord
    from reconciler.challenges.dns.record_sets import RecordSet, ValueChange
    from reconciler.model.dns_provider import Route53

_PAGE = 300  # the most that Route 53 lists at once


class Route53Publisher:
    """Records in hosted zones of Amazon Route 53.

    Each record set is replaced only if it still is what was read: the batch deletes the old set, with its
    values, and creates the new one, all of it or nothing. So values that others add at the same time stay.
    """

    def __init__(
        self,
        service: Route53,
        ttl: int,
        secret_access_key: str | None = None,
        *,
        endpoint_url: str | None = None,
        timeout: float = 10,
    ) -> None:
        """Ask nobody yet.

        Args:
            service: what the tree says.
            ttl: of new record sets, in seconds.
            secret_access_key: belongs to the service's `access_key_id`; without both, ambient credentials.
            endpoint_url: of another Route 53 (and STS) than Amazon's.
            timeout: of each request's connection and silence, in seconds; a request is made three times.
        """
        self._connection = Connection(service, secret_access_key, endpoint_url, timeout)
        self._hosted_zone_id = service.hosted_zone_id
        self._ttl = ttl
        self._found: dict[str, str] = {}
        # Route 53 refuses a change of a zone while another is under way.
        self._lock = threading.Lock()

    def change(self, zone: str, add: Sequence[TxtRecord], remove: Sequence[TxtRecord]) -> None:
        """Add and remove values, all names in one change as long as Route 53 takes it."""
        if names := by_name(add, remove):
            self._ask(zone, lambda client, zone_id: self._change(client, zone_id, names))

    def check_access(self, zone: str) -> None:
        """See whether the zone is there, and its records can be read; not if they may be changed."""
        self._ask(zone, lambda client, zone_id: _check_zone(client, zone_id, zone))

    def _ask(self, zone: str, act: Callable[[Route53Client, str], None]) -> None:
        def once() -> None:
            with errors_turned(self._connection):
                client = connect(self._connection)
                act(client, self._zone_id(client, zone))

        with self._lock:
            until_won(once, f"Route 53: the hosted zone {zone}")

    def _zone_id(self, client: Route53Client, zone: str) -> str:
        if self._hosted_zone_id:
            return self._hosted_zone_id
        if zone not in self._found:
            answer = client.list_hosted_zones_by_name(DNSName=f"{zone}.", MaxItems="100")
            # What comes after the name in the alphabet is listed as well. Private zones are nothing to a CA.
            ids = [
                each["Id"].removeprefix("/hostedzone/")
                for each in answer["HostedZones"]
                if each["Name"] == f"{zone}." and not each.get("Config", {}).get("PrivateZone")
            ]
            if not ids:
                raise ChallengeError(
                    f"Route 53: these credentials see no public hosted zone {zone}; make it, use those of "
                    "the account that has it, or set hosted_zone_id"
                )
            if len(ids) > 1:
                raise ChallengeError(
                    f"Route 53: there are {len(ids)} public hosted zones {zone}; set hosted_zone_id to the "
                    f"one that is delegated to: {', '.join(sorted(ids))}"
                )
            self._found[zone] = ids[0]
        return self._found[zone]

    def _change(self, client: Route53Client, zone_id: str, names: Mapping[str, ValueChange]) -> None:
        present = _present(client, zone_id, names)
        steps: list[list[ChangeTypeDef]] = []
        for name, change in names.items():
            wanted = changed(present.get(name), change, self._ttl)
            if wanted != present.get(name):
                steps.append(replacement(name, present.get(name), wanted))
        for batch in batches(steps):
            client.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch={"Changes": batch})


def _check_zone(client: Route53Client, zone_id: str, zone: str) -> None:
    answer = client.list_resource_record_sets(
        HostedZoneId=zone_id, StartRecordName=f"{zone}.", StartRecordType="SOA", MaxItems="1"
    )
    # Each zone has it, and at its top.
    if not any(each["Name"] == f"{zone}." for each in answer["ResourceRecordSets"]):
        raise ChallengeError(
            f"Route 53: the hosted zone {zone_id} is not that of {zone}; set the right hosted_zone_id, "
            "or leave it out"
        )


def _present(client: Route53Client, zone_id: str, names: Mapping[str, ValueChange]) -> dict[str, RecordSet]:
    """Return the record sets that are there, by name.

    An account may ask five times a second. So many names are first looked for where one request finds all of
    them: in a zone that fits into one answer.
    """
    if len(names) > 1:
        page = client.list_resource_record_sets(HostedZoneId=zone_id, MaxItems=str(_PAGE))
        if not page["IsTruncated"]:
            found = {name: present_set(page["ResourceRecordSets"], name) for name in names}
            return {name: record_set for name, record_set in found.items() if record_set}
    found = {}
    for name in names:
        answer = client.list_resource_record_sets(
            HostedZoneId=zone_id, StartRecordName=f"{name}.", StartRecordType="TXT", MaxItems="1"
        )
        found[name] = present_set(answer["ResourceRecordSets"], name)
    return {name: record_set for name, record_set in found.items() if record_set}
