"""What can be set about a BIND, and the files that say so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

ADDRESSES = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
"""Of the primary, of the secondary that follows at once, and of the one that lags."""

STRANGER = "stranger-key"
"""A TSIG key that the servers know, and that may change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BindOptions:
    """Which zones it has, and who may change them.

    Attributes:
        zones: lines of zone files by the zones' names, beside those that each has: its SOA record, its name
            servers ns1, ns2, ns3 (as many as there are servers) and their addresses.
        wildcard: whether all other names in a zone have the address 127.0.0.1.
        keys: TSIG algorithms by the names of keys that may change TXT records.
        refused: names in the zones whose records the keys may not change.
        secondary: whether there is one that has changes at once.
        lagging: whether there is one that has them at `Bind.refresh` only.
        resolves: whether it is also a resolver, in a world of these zones alone: it then follows CNAMEs from
            one to another, as Pebble needs it, and other names do not exist.
        default_ttl: seconds; of all records in the files.
    """

    zones: Mapping[str, Sequence[str]] = field(default_factory=lambda: {"example.test": ()})
    wildcard: bool = True
    keys: Mapping[str, str] = field(default_factory=lambda: {"update-key": "hmac-sha256"})
    refused: tuple[str, ...] = ()
    secondary: bool = False
    lagging: bool = False
    resolves: bool = False
    default_ttl: int = 60

    @property
    def addresses(self) -> tuple[str, ...]:
        """Of the servers there are, the primary first."""
        wanted = (True, self.secondary, self.lagging)
        return tuple(address for address, is_there in zip(ADDRESSES, wanted, strict=True) if is_there)

    def zone_file(self, zone: str) -> str:
        """Return the master file (RFC 1035 section 5) of `zone`."""
        servers = {f"ns{ADDRESSES.index(address) + 1}": address for address in self.addresses}
        lines = [
            f"$ORIGIN {zone}.",
            f"$TTL {self.default_ttl}",
            "@ SOA ns1 admin 1 3600 600 86400 1",
            *(f"@ NS {name}" for name in servers),
            *(f"{name} A {address}" for name, address in servers.items()),
            *(("@ A 127.0.0.1", "* A 127.0.0.1") if self.wildcard else ()),
            *self.zones[zone],
        ]
        return "\n".join(lines) + "\n"

    @property
    def root_file(self) -> str:
        """The master file of a world without other zones: nothing is asked of the real one."""
        return "$TTL 60\n. SOA root. root. 1 3600 600 86400 1\n. NS root.\nroot. A 127.0.0.1\n"

    def configuration(
        self,
        address: str,
        ports: Mapping[str, int],
        statistics_port: int,
        secrets: Mapping[str, str],
        folder: Path,
    ) -> str:
        """Return the `named.conf` of one server.

        Args:
            address: the server's.
            ports: on which the servers listen, all at 127.0.0.1, by the addresses they are known by.
            statistics_port: where it counts.
            secrets: by the names of the keys.
            folder: for its files.
        """
        algorithms = {**self.keys, STRANGER: "hmac-sha256"}
        keys = "".join(
            f'key "{name}" {{ algorithm {algorithm}; secret "{secrets[name]}"; }};\n'
            for name, algorithm in algorithms.items()
        )
        kind = self._primary(ports) if address == ADDRESSES[0] else _secondary(ports)
        zones = "".join(
            f'zone "{zone}" {{ file "{zone}.zone"; {kind.replace("ZONE", zone)} }};\n' for zone in self.zones
        )
        root = 'zone "." { type primary; notify no; file "root.zone"; };\n' if self.resolves else ""
        return f"""\
options {{
    directory "{folder}";
    pid-file none;
    listen-on port {ports[address]} {{ {ADDRESSES[0]}; }};
    listen-on-v6 {{ none; }};
    recursion {"yes" if self.resolves else "no"};
    dnssec-validation no;
    allow-transfer {{ any; }};
    notify-delay 0;
    notify-rate 1000;
    serial-query-rate 1000;
}};
statistics-channels {{ inet {ADDRESSES[0]} port {statistics_port}; }};
controls {{ }};
{keys}{zones}{root}"""

    def _primary(self, ports: Mapping[str, int]) -> str:
        notify = f"{ADDRESSES[0]} port {ports[ADDRESSES[1]]};" if self.secondary else ""
        rights = (
            "update-policy {{ {} {} }};".format(
                " ".join(f'deny "{key}" name "{name}" TXT;' for key in self.keys for name in self.refused),
                " ".join(f'grant "{key}" subdomain "ZONE" TXT;' for key in self.keys),
            )
            if self.refused
            else "allow-update {{ {} }};".format(" ".join(f'key "{key}";' for key in self.keys))
        )
        return f"type primary; notify explicit; also-notify {{ {notify} }}; {rights}"


def _secondary(ports: Mapping[str, int]) -> str:
    return f"type secondary; notify no; primaries {{ {ADDRESSES[0]} port {ports[ADDRESSES[0]]}; }};"
