"""Records of the DNS in the forms of those who can publish them: name servers and tools."""

from __future__ import annotations

import json
import re
from itertools import groupby
from typing import TYPE_CHECKING

from reconciler.policy.suffixes import registrable_domain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.orders.records import ResourceRecord


def zone_file(records: Sequence[ResourceRecord]) -> str:
    """Return records as lines of zone files (RFC 1035 section 5), with absolute names."""
    return "".join(f"{each.zone_line}\n" for each in records)


def nsupdate_script(records: Sequence[ResourceRecord]) -> str:
    """Return records as commands for BIND's `nsupdate`.

    Each name is sent by itself: nsupdate finds the zone by the first name of what it sends, and the names may
    be in different zones.
    """
    lines = []
    for _, at_name in groupby(records, key=lambda each: each.name):
        lines += [*(f"update add {each.zone_line}" for each in at_name), "send"]
    return "\n".join(lines) + "\n"


def octodns_files(records: Sequence[ResourceRecord]) -> str:
    """Return records as files of octoDNS's YamlProvider, one document for each, named in a comment.

    Names are relative to their zone; nothing says here where zones begin: registrable domains are taken.
    """
    documents = []
    for zone, in_zone in by_zone(records):
        lines = ["---", f"# {zone}.yaml"]
        for name, at_name in groupby(sorted(in_zone, key=lambda each: _natural(each, zone)), _name):
            lines += [f"{json.dumps(relative(name, zone, apex=''))}:", *_octodns_sets(list(at_name))]
        documents.append("\n".join(lines) + "\n")
    return "".join(documents)


def by_zone(records: Iterable[ResourceRecord]) -> list[tuple[str, list[ResourceRecord]]]:
    """Return records by the registrable domain of their names, both sorted."""
    zones: dict[str, list[ResourceRecord]] = {}
    for each in sorted(records):
        zones.setdefault(registrable_domain(each.name), []).append(each)
    return sorted(zones.items())


def relative(name: str, zone: str, apex: str = "@") -> str:
    """Return a name as it is called in its zone; `apex` for the zone's own."""
    return apex if name == zone else name.removesuffix(f".{zone}")


def _octodns_sets(records: Sequence[ResourceRecord]) -> Iterator[str]:
    """Yield what stands below a name: a mapping; a list of them where there are several types."""
    types = [(kind, list(group)) for kind, group in groupby(records, key=lambda each: each.type)]
    for kind, of_type in types:
        first, indent = ("- ", "  ") if len(types) > 1 else ("", "")
        yield f"  {first}ttl: {of_type[0].ttl}"
        yield f"  {indent}type: {kind}"
        yield f"  {indent}values:"
        for each in of_type:
            yield from (f"  {indent}{line}" for line in _octodns_value(each))


def _octodns_value(record: ResourceRecord) -> list[str]:
    # JSON's texts are YAML's; octoDNS wants semicolons escaped, in TXT alone.
    if record.type == "TXT":
        return [f"- {json.dumps(record.value.replace(';', chr(92) + ';'))}"]
    return ["- flags: 0", f"  tag: {record.tag}", f"  value: {json.dumps(record.value)}"]


def _name(record: ResourceRecord) -> str:
    return record.name


def _natural(record: ResourceRecord, zone: str) -> tuple[list[tuple[int, int, str]], ResourceRecord]:
    """Return what to sort by so that octoDNS loads it: numbers within names by their value."""
    parts = re.split(r"([0-9]+)", relative(record.name, zone, apex=""))
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts if part], record
