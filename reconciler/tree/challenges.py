"""The settings' `challenges`: what fulfils which, and for which names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.fulfillment import ExecMethod, ListenMethod, WebrootMethod
from reconciler.model.role import ChallengeType
from reconciler.tree.dns_settings import checked_addresses, parse_seconds
from reconciler.tree.patterns import build_patterns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.fulfillment import ConfiguredMethod
    from reconciler.tree.document import Document


def build_challenges(document: Document) -> Mapping[ChallengeType, tuple[ConfiguredMethod, ...]]:
    """Return the ways that the settings name, by type; those that are wrong are left out."""
    found: dict[ChallengeType, tuple[ConfiguredMethod, ...]] = {}
    for name, given in document.value.get("challenges", {}).items():
        ways: list[ConfiguredMethod] = []
        entries = enumerate(given) if isinstance(given, list) else [(None, given)]
        for number, entry in entries:
            path = ("challenges", name) if number is None else ("challenges", name, number)
            ways.append(_method(document, entry, path))
        found[ChallengeType(name)] = tuple(ways)
    return found


def _method(document: Document, entry: Mapping[str, Any], path: tuple[str | int, ...]) -> ConfiguredMethod:
    identifiers = build_patterns(document, entry.get("identifiers", ()), *path, "identifiers")
    if "webroot" in entry:
        return WebrootMethod(entry["webroot"], identifiers)
    if "listen" in entry:
        return ListenMethod(checked_addresses(document, entry["listen"], None, *path, "listen"), identifiers)
    timeout = {"timeout": parse_seconds(entry["timeout"])} if "timeout" in entry else {}
    return ExecMethod(tuple(entry["exec"]), identifiers=identifiers, **timeout)
