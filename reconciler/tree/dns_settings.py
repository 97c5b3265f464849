"""How the DNS is asked: the same fields in the settings and in DNS providers."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from reconciler.errors import InvalidAddressError
from reconciler.model.addresses import Address, nameserver_address
from reconciler.model.dns_provider import Propagation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.tree.document import Document

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TIME = r"([0-9]{1,6})([smhd]?)"


def build_propagation(
    document: Document, value: dict[str, Any], *path: str, base: Propagation | None = None
) -> Propagation | None:
    """Return what `nameservers` and `propagation` say; None if neither is there.

    Args:
        document: for places.
        value: the mapping with the two fields.
        path: of that mapping.
        base: what holds where a field is not there; None means the defaults.
    """
    if not value.keys() & {"nameservers", "propagation"}:
        return None
    timing, base = value.get("propagation", {}), base or Propagation()
    return Propagation(
        nameservers=checked_addresses(
            document, value["nameservers"], nameserver_address, *path, "nameservers"
        )
        if "nameservers" in value
        else base.nameservers,
        timeout=parse_seconds(timing["timeout"]) if "timeout" in timing else base.timeout,
        skip=timing.get("skip", base.skip),
    )


def checked_addresses(
    document: Document, texts: Sequence[str], read: Callable[[str], Address], *path: str | int
) -> tuple[str, ...]:
    """Return addresses as they are written, each once; note a finding for each that `read` does not take."""
    good = []
    for number, text in enumerate(texts):
        try:
            read(text)
        except InvalidAddressError as error:
            document.source.error("bad-value", str(error), document.node(*path, number))
        else:
            good.append(text)
    return tuple(dict.fromkeys(good))


def parse_seconds(text: str | int) -> timedelta:
    """Return the time that `60`, `60s`, `2m`, `1h` or `1d` stands for; the schema has seen to the form."""
    match = re.fullmatch(_TIME, str(text))
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2] or "s"]) if match else timedelta()
