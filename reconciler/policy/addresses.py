"""IP identifiers: allowed by `allowed_ip_ranges`, and by nothing else."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from reconciler.errors import InvalidEntryError
from reconciler.policy.decision import Decision

if TYPE_CHECKING:
    from collections.abc import Iterable

# RFC 4291 section 2.5.5.2: IPv4 addresses in the form of IPv6.
_MAPPED = IPv6Network("::ffff:0:0/96")


def parse_ip_range(text: str) -> IPv4Network | IPv6Network:
    """Return the network that an entry of `allowed_ip_ranges` means: CIDR (RFC 4632), or one address.

    Raises:
        InvalidEntryError: when it is none, has bits set beyond its prefix, or is IPv4 in the form of IPv6.
    """
    address, slash, prefix = text.partition("/")
    if "%" in text:
        raise InvalidEntryError(f"`{text}`: an address with a zone (after %) means nothing to a CA")
    if slash and not (prefix.isascii() and prefix.isdigit()):
        raise InvalidEntryError(f"`{text}`: what follows the slash is no length of a prefix (/8)")
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise InvalidEntryError(
            f"`{text}`: no range of addresses (10.0.0.0/8, 2001:db8::/32) and no address"
        ) from None
    if ip_address(address) != network.network_address:
        raise InvalidEntryError(f"`{text}`: has bits set beyond its prefix", f"is `{network}` meant?")
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        raise InvalidEntryError(f"`{text}`: IPv4 in the form of IPv6", f"write `{_unmapped(network)}`")
    return network


class AddressIndex:
    """The ranges of one role: one look-up for each length of a prefix that they have."""

    __slots__ = ("_by_version",)

    def __init__(self, networks: Iterable[IPv4Network | IPv6Network]) -> None:
        found: dict[int, dict[int, dict[int, Decision]]] = {4: {}, 6: {}}
        for network in networks:
            shift = network.max_prefixlen - network.prefixlen
            same_length = found[network.version].setdefault(shift, {})
            same_length.setdefault(
                int(network.network_address) >> shift, Decision(allowed=True, entry=str(network))
            )
        # The narrowest range that contains an address is the one to name.
        self._by_version = {version: sorted(shifts.items()) for version, shifts in found.items()}

    def find(self, value: str) -> Decision | None:
        """Return the decision that allows a canonical address; None where no range contains it."""
        try:
            address = ip_address(value)
        except ValueError:
            return None
        if str(address) != value or (isinstance(address, IPv6Address) and _is_ambiguous(address)):
            return None
        number = int(address)
        for shift, networks in self._by_version[address.version]:
            found = networks.get(number >> shift)
            if found is not None:
                return found
        return None


def nearest_range(
    networks: Iterable[IPv4Network | IPv6Network], value: str
) -> IPv4Network | IPv6Network | None:
    """Return the range that shares most leading bits with an address, of those of its version."""
    try:
        address = ip_address(value)
    except ValueError:
        return None
    same = [network for network in networks if network.version == address.version]
    return min(same, key=lambda each: int(each.network_address) ^ int(address), default=None)


def _is_ambiguous(address: IPv6Address) -> bool:
    return address.ipv4_mapped is not None or address.scope_id is not None


def _unmapped(network: IPv6Network) -> IPv4Network:
    return IPv4Network((int(network.network_address) & 0xFFFFFFFF, max(network.prefixlen - 96, 0)))
