"""Records of the DNS for tools whose configuration is a program's text: DNSControl and Terraform."""

from __future__ import annotations

import json
import re
from itertools import groupby
from typing import TYPE_CHECKING

from reconciler.model.labels import without_underscored_labels
from reconciler.policy.suffixes import registrable_domain
from reconciler.render.zone_records import relative

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.orders.records import ResourceRecord


def dnscontrol_script(records: Sequence[ResourceRecord]) -> str:
    """Return records as statements for `dnsconfig.js`, below the `D()` of their zones.

    `D_EXTEND` finds the zone of a name by itself.
    """
    blocks = []
    for base, of_base in groupby(sorted(records, key=_base), _base):
        lines = [f"D_EXTEND({json.dumps(base)},", *(f"  {_dnscontrol(each, base)}," for each in of_base)]
        blocks.append("\n".join([*lines, "END);\n"]))
    return "".join(blocks)


def terraform_resources(records: Sequence[ResourceRecord]) -> str:
    """Return records as resources of the provider hashicorp/dns; those it cannot make are comments.

    It wants to know the zone, and nothing says here where zones begin: the registrable domain is taken.
    """
    blocks = []
    for (name, kind), group in groupby(sorted(records), lambda each: (each.name, each.type)):
        of_name = list(group)
        if kind == "TXT":
            blocks.append(_terraform(name, of_name))
        else:
            note = "# hashicorp/dns has no CAA records; make this one by another provider:\n"
            blocks.append(note + "".join(f"# {each.zone_line}\n" for each in of_name))
    return "\n".join(blocks)


def _dnscontrol(record: ResourceRecord, base: str) -> str:
    name, ttl = json.dumps(relative(record.name, base)), f"TTL({record.ttl})"
    if record.type == "TXT":
        return f"TXT({name}, {json.dumps(record.value)}, {ttl})"
    return f"CAA({name}, {json.dumps(record.tag)}, {json.dumps(record.value)}, {ttl})"


def _terraform(name: str, records: Sequence[ResourceRecord]) -> str:
    zone = registrable_domain(name)
    label = re.sub(r"[^a-z0-9_-]", "_", name)
    own = relative(name, zone, apex="")
    lines = [f'resource "dns_txt_record_set" "{label if label[0] == "_" else f"_{label}"}" {{']
    lines.append(f"  zone = {_hcl(f'{zone}.')}")
    lines += [f"  name = {_hcl(own)}"] if own else []
    lines += ["  txt = [", *(f"    {_hcl(each.value)}," for each in records), "  ]"]
    return "\n".join([*lines, f"  ttl = {records[0].ttl}", "}\n"])


def _hcl(text: str) -> str:
    # HCL's texts are JSON's but for templates.
    return json.dumps(text).replace("${", "$${").replace("%{", "%%{")


def _base(record: ResourceRecord) -> str:
    return without_underscored_labels(record.name)
