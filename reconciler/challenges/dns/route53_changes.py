"""Record sets in the words of Route 53, and its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.challenges.dns.record_sets import RecordSet
from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from types_boto3_route53.type_defs import ChangeTypeDef, ResourceRecordSetOutputTypeDef

# Of one request ("Quotas", Amazon Route 53 Developer Guide).
_MOST_RECORDS = 1000
_MOST_CHARACTERS = 32_000


def present_set(listed: Iterable[ResourceRecordSetOutputTypeDef], name: str) -> RecordSet | None:
    """Return the TXT record set of `name` out of those that Route 53 has listed; None: it has none.

    Raises:
        ChallengeError: it has one by which Route 53 answers clients differently: no value can be added.
    """
    for each in listed:
        if each["Name"] == f"{name}." and each["Type"] == "TXT":
            if "SetIdentifier" in each or "AliasTarget" in each:
                raise ChallengeError(
                    f"Route 53: the TXT record set {name} is an alias or has a routing policy, so no value "
                    "can be added to it; make it a simple one, or remove it"
                )
            return RecordSet(
                tuple(record["Value"] for record in each.get("ResourceRecords", ())), each.get("TTL", 0)
            )
    return None


def replacement(name: str, present: RecordSet | None, wanted: RecordSet | None) -> list[ChangeTypeDef]:
    """Return what puts one record set in the place of another; Route 53 refuses it if `present` is not so."""
    changes: list[ChangeTypeDef] = []
    if present:
        changes.append({"Action": "DELETE", "ResourceRecordSet": _record_set(name, present)})
    if wanted:
        changes.append({"Action": "CREATE", "ResourceRecordSet": _record_set(name, wanted)})
    return changes


def batches(steps: Iterable[Sequence[ChangeTypeDef]]) -> Iterator[list[ChangeTypeDef]]:
    """Put steps together to requests that Route 53 takes; what is one step stays in one request."""
    batch: list[ChangeTypeDef] = []
    records = characters = 0
    for step in steps:
        values = [
            record["Value"]
            for change in step
            for record in change["ResourceRecordSet"].get("ResourceRecords", ())
        ]
        records += len(values)
        characters += sum(map(len, values))
        if batch and (records > _MOST_RECORDS or characters > _MOST_CHARACTERS):
            yield batch
            batch, records, characters = [], len(values), sum(map(len, values))
        batch.extend(step)
    if batch:
        yield batch


def _record_set(name: str, record_set: RecordSet) -> ResourceRecordSetOutputTypeDef:
    return {
        "Name": f"{name}.",
        "Type": "TXT",
        "TTL": record_set.ttl,
        "ResourceRecords": [{"Value": value} for value in record_set.values],
    }
