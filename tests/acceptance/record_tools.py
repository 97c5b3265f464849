"""What name servers and tools make of records that they are given."""

from __future__ import annotations

import subprocess
import warnings
from typing import TYPE_CHECKING, Any

from tools.find_bind import find_tool

if TYPE_CHECKING:
    from pathlib import Path


def loaded(folder: Path, zone: str) -> dict[str, set[str]]:
    """Return the TXT records of a zone file as BIND understands it, values by name."""
    path = folder / "example.test.zone"
    path.write_text(zone)
    program = find_tool("named-checkzone")
    command = [str(program.path), "-q", "-D", "-o", "-", "example.test", str(path)]
    environment = dict(program.environment)
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found: dict[str, set[str]] = {}
    for line in ran.stdout.splitlines():
        name, _ttl, _class, kind, data = line.split(None, 4)
        if kind == "TXT":
            text = "".join(data.strip('"').split('" "')).replace("\\;", ";")
            found.setdefault(name.rstrip("."), set()).add(text)
    return found


def split(text: str) -> dict[str, str]:
    """Return the files that a text is made of, by the names in their comments."""
    return {each.split("\n")[1].removeprefix("# "): each for each in text.split("---")[1:]}


def octodns_records(folder: Path, zone: str, content: str) -> list[Any]:
    """Return the records of a zone as octoDNS loads it; values with its escapes taken away."""
    from octodns.provider.yaml import YamlProvider  # type: ignore[import-untyped]
    from octodns.zone import Zone  # type: ignore[import-untyped]

    (folder / f"{zone}.yaml").write_text(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        provider = YamlProvider("files", str(folder), escaped_semicolons=True)
        loaded_zone = Zone(f"{zone}.", [])
        provider.populate(loaded_zone, lenient=False)
    return sorted(loaded_zone.records, key=lambda each: each.fqdn)
