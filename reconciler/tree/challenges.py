"""The settings' `challenges`: what fulfils which, and for which names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.errors import InvalidAddressError
from reconciler.model.addresses import listening_address
from reconciler.model.fulfillment import ExecMethod, ListenMethod, WebrootMethod
from reconciler.model.role import ChallengeType
from reconciler.tree.dns_settings import checked_addresses, parse_seconds
from reconciler.tree.patterns import build_patterns
from reconciler.tree.suggest import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.model.addresses import Address
    from reconciler.model.fulfillment import ConfiguredMethod
    from reconciler.tree.document import Document


_WAYS = ("webroot", "listen", "exec")


def build_challenges(document: Document) -> Mapping[ChallengeType, tuple[ConfiguredMethod, ...]]:
    """Return the ways that the settings name, by type; those that are wrong are left out."""
    found: dict[ChallengeType, tuple[ConfiguredMethod, ...]] = {}
    for name, given in document.value.get("challenges", {}).items():
        ways: list[ConfiguredMethod] = []
        entries = enumerate(given) if isinstance(given, list) else [(None, given)]
        for number, entry in entries:
            path = ("challenges", name) if number is None else ("challenges", name, number)
            if _has_one_way(document, entry, path):
                ways.append(_method(document, entry, path))
        found[ChallengeType(name)] = tuple(ways)
        _check_turns(document, name, ways)
    _check_ports(document, found)
    return found


def _check_turns(document: Document, name: str, ways: Sequence[ConfiguredMethod]) -> None:
    """Warn of what stands behind something that is for all names: it is never used."""
    for_all = next((number for number, each in enumerate(ways) if not each.identifiers), len(ways))
    for number in range(for_all + 1, len(ways)):
        message = f"this is never used: entry {for_all + 1} of `{name}` is for all names"
        hint = "give that one its `identifiers`, or put it last"
        document.source.warning("never-used", message, document.node("challenges", name, number), hint)


def _check_ports(document: Document, found: Mapping[ChallengeType, tuple[ConfiguredMethod, ...]]) -> None:
    """Refuse to listen twice at one address: each list of addresses has a listener of its own."""
    taken: dict[str, tuple[ChallengeType, tuple[str, ...]]] = {}
    for challenge, ways in found.items():
        for way in ways:
            if not isinstance(way, ListenMethod):
                continue
            listener = (challenge, way.addresses)
            for address in way.addresses:
                if taken.setdefault(address, listener) != listener:
                    message = f"`listen`: {address} is listened at by another entry"
                    hint = "write the same list of addresses for both, or other ports"
                    place = document.node("challenges", challenge)
                    document.source.error("conflicting-fields", message, place, hint)


def _has_one_way(document: Document, entry: Mapping[str, Any], path: tuple[str | int, ...]) -> bool:
    """Check what a schema cannot say of a mapping that may also be a list."""
    given = [name for name in entry if name in _WAYS]
    if not given:
        hint = f"add one of {listed(_WAYS)}, or leave `{path[1]}` out: people then get instructions"
        document.source.error("missing-field", "nothing says how", document.node(*path), hint)
    for name in given[1:]:
        message = f"`{given[0]}` and `{name}` exclude each other"
        hint = "make a list, each with its `identifiers`, or keep one"
        document.source.error("conflicting-fields", message, document.node(*path, name), hint)
    return len(given) == 1


def _address_to_listen_at(text: str) -> Address:
    address = listening_address(text)
    if not address.port:
        raise InvalidAddressError(f"`{text}`: port 0 is any that is free, and the CA looks at one")
    return address


def _method(document: Document, entry: Mapping[str, Any], path: tuple[str | int, ...]) -> ConfiguredMethod:
    identifiers = build_patterns(document, entry.get("identifiers", ()), *path, "identifiers")
    if "webroot" in entry:
        return WebrootMethod(entry["webroot"], identifiers)
    if "listen" in entry:
        addresses = checked_addresses(document, entry["listen"], _address_to_listen_at, *path, "listen")
        return ListenMethod(addresses, identifiers)
    timeout = {"timeout": parse_seconds(entry["timeout"])} if "timeout" in entry else {}
    return ExecMethod(tuple(entry["exec"]), identifiers=identifiers, **timeout)
