"""octoDNS, a peer of the planning: it too compares files of YAML with what is there."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HOW_TO_GET_OCTODNS = (
    "octoDNS is not installed, so there is nothing to compare with: it is among the developers' dependencies "
    "(`make install`)"
)
VALUES = 6
"""Of each record: as many as a planned certificate has names, in a file of nearly as many lines."""

_ZONE = "example.com"
_SETTINGS = """\
providers:
  config:
    class: octodns.provider.yaml.YamlProvider
    directory: {folder}/config
  target:
    class: octodns.provider.yaml.YamlProvider
    directory: {folder}/target
zones:
  {zone}.:
    sources: [config]
    targets: [target]
"""


def octodns_version() -> str | None:
    """Return the version of the octoDNS that is installed beside this Python, None where there is none."""
    try:
        return version("octodns") if _program().exists() else None
    except PackageNotFoundError:
        return None


def octodns_plan(folder: Path, records: int, values: int) -> list[str]:
    """Write a zone of so many records and an empty target; return the command that plans it.

    Args:
        folder: for all of that; made if it is not there.
        records: how many, each with a name of its own.
        values: of each record, all different.
    """
    for name in ("config", "target"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "config" / f"{_ZONE}.yaml").write_text(
        "".join(_record(each, values) for each in range(records))
    )
    settings = folder / "octodns.yaml"
    settings.write_text(_SETTINGS.format(folder=folder, zone=_ZONE))
    return [str(_program()), "--config-file", str(settings)]


def expect_creates(log: str, records: int) -> str:
    """Return what is wrong with the end of what octoDNS printed; nothing where it plans all records."""
    summary = f"Creates={records}, Updates=0, Deletes=0, Existing=0"
    return "" if summary in log else f"octoDNS does not plan {summary}; its output ends with:\n{log}"


def _program() -> Path:
    return Path(sys.executable).with_name("octodns-sync")


def _record(number: int, values: int) -> str:
    # octoDNS wants names in order.
    name = f"service-{number:06}"
    addresses = "".join(f"    - 192.0.2.{(number + each) % 250 + 1}\n" for each in range(values))
    comment = f"# {name}: asked for by the team that runs it.\n"
    return f"{comment}{name}:\n  ttl: 300\n  type: A\n  values:\n{addresses}"
