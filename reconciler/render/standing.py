"""The records that are to stand in the DNS, for people, programs and tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.orders.standing_records import Unready, standing_resource_records
from reconciler.render.documents import Document, document
from reconciler.render.flaws import flaw_documents
from reconciler.render.record_tools import dnscontrol_script, terraform_resources
from reconciler.render.text import Paint, clean, names
from reconciler.render.wording.standing import caa_text, unready_advice, unready_text
from reconciler.render.zone_records import octodns_files, zone_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.flaw import FlawedRecord
    from reconciler.orders.records import ResourceRecord
    from reconciler.orders.standing_records import Needed

_FORMS = {
    "zone": ("; ", zone_file),
    "octodns": ("# ", octodns_files),
    "dnscontrol": ("// ", dnscontrol_script),
    "terraform": ("# ", terraform_resources),
}
FORMS = tuple(_FORMS)
"""The forms of those who can publish records."""


def records_for_tools(needed: Sequence[Needed], form: str, *, caa: bool) -> str:
    """Return the records in one of `FORMS`; empty where none can be told.

    Args:
        needed: by the certificates.
        form: one of `FORMS`.
        caa: whether to give CAA records as well.
    """
    records = list(standing_resource_records(needed, caa=caa))
    comment, render = _FORMS[form]
    return "".join(f"{comment}{line}\n" for line in _about_caa(records)) + render(records)


def records_text(needed: Sequence[Needed], *, caa: bool, color: bool = False) -> str:
    """Return the records for people, each as a line of a zone file."""
    if not needed:
        return "No certificate may be had by dns-persist-01.\n"
    paint = Paint(color)
    lines = []
    records = standing_resource_records(needed, caa=caa)
    for record, certificates in records.items():
        lines += [clean(record.zone_line), paint.faint(f"  for {names(certificates)}")]
    if about := _about_caa(records):
        lines += ["", *map(paint.faint, about)]
    missing = unready_lines(needed)
    return "\n".join([*lines, *([""] if lines and missing else []), *missing]) + "\n"


def _about_caa(records: Iterable[ResourceRecord]) -> list[str]:
    says = caa_text({each.tag for each in records})
    return [*says, "(CAA records are optional; --no-caa leaves them out)"] if says else []


def unready_lines(needed: Iterable[Needed]) -> list[str]:
    """Return which certificates' records cannot be told yet, why, and what to do."""
    groups: dict[tuple[str, Unready], dict[str, None]] = {}
    for each in needed:
        if isinstance(each.record, Unready):
            groups.setdefault((each.account_name, each.record), {})[each.certificate_name] = None
    return [
        f"what {names(certificates)} needs is not known yet: {unready_text(why)} (account {clean(account)}); "
        + unready_advice(why)
        for (account, why), certificates in groups.items()
    ]


def records_document(needed: Sequence[Needed], flawed: Sequence[FlawedRecord] = (), *, caa: bool) -> Document:
    """Return the records for programs, and what cannot be read in the state."""
    return document(
        "dns_records",
        flawed=flaw_documents(flawed),
        records=[
            {
                "name": record.name,
                "type": record.type,
                "ttl": record.ttl,
                "value": record.value,
                "tag": record.tag or None,
                "zone_line": record.zone_line,
                "certificates": certificates,
            }
            for record, certificates in standing_resource_records(needed, caa=caa).items()
        ],
        unknown=[
            {
                "certificate_name": each.certificate_name,
                "account_name": each.account_name,
                "identifier": each.identifier,
                "reason": each.record,
                "message": unready_text(each.record),
            }
            for each in needed
            if isinstance(each.record, Unready)
        ],
    )
