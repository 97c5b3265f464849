"""A second implementation of the policy, slow and simple, written from the documentation. It shares no code.

Every entry is tried on every name; a star is tried at every length; a wildcard is tried with the names that
it stands for.
"""

from __future__ import annotations

import re
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import idna
import publicsuffixlist

from reconciler.model.role import DomainOption

if TYPE_CHECKING:
    from reconciler.model.identity import Entity
    from reconciler.model.role import Role

BARE, BELOW = DomainOption.BARE_DOMAINS, DomainOption.SUBDOMAINS
WILDCARDS, GLOBS = DomainOption.WILDCARDS, DomainOption.GLOBS

# The entry, the option, and what a template was filled.
Way = tuple[str, DomainOption | None, str | None]


def ways_to_allow(role: Role, name: str, entity: Entity | None) -> set[Way]:
    """All ways in which a role allows a canonical name or wildcard; none if it is denied."""
    if is_denied(role, name) or (name.startswith("*.") and is_public_suffix(name[2:])):
        return set()
    ways: set[Way] = set()
    for written in role.allowed_domains:
        text: str | None = written
        filled = None
        if "{{" in written or "}}" in written:
            filled = text = fill(written, entity) if entity else None
        pattern = canonical(text) if text is not None else None
        if pattern is not None:
            options = options_that_match(pattern, role.allowed_domain_options, name)
            ways |= {(written, option, filled) for option in options}
    return ways


def options_that_match(pattern: str, options: frozenset[DomainOption], name: str) -> set[DomainOption | None]:
    wildcard = name.startswith("*.")
    if wildcard and WILDCARDS not in options:
        return set()
    found: set[DomainOption | None] = set()
    if "*" in pattern:
        if wildcard and pattern == name:
            found.add(WILDCARDS)
        if GLOBS in options and matches(pattern, name):
            found.add(GLOBS)
        return found
    if "." not in pattern:
        return set()
    if name == pattern and not options:
        found.add(None)
    if name == pattern and BARE in options:
        found.add(BARE)
    if BELOW in options and is_below(name, pattern):
        found.add(BELOW)
    return found


def is_denied(role: Role, name: str) -> bool:
    for written in role.denied_domains:
        pattern = None if "{{" in written or "}}" in written else canonical(written)
        if pattern is None:
            return True
        if name.startswith("*."):
            base = name[2:]
            names = [base, *(f"{label}.{base}" for label in labels_to_try(pattern))]
            if pattern.startswith("*.") and "*" not in pattern[2:] and parent(pattern[2:]) == base:
                return True
        else:
            names = [name]
        if any(denies(pattern, each) for each in names):
            return True
    return False


def denies(pattern: str, name: str) -> bool:
    while name:
        if matches(pattern, name):
            return True
        name = parent(name)
    return False


def labels_to_try(pattern: str) -> list[str]:
    """Labels that make a name match, if any label does: each start of the pattern, with its stars filled."""
    starts = (pattern[:end].replace("*", "q") for end in range(1, len(pattern) + 1))
    return ["q", *(start for start in starts if "." not in start)]


@cache
def matches(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if not text:
        return False
    if pattern[0] == "*":
        return matches(pattern[1:], text[1:]) or matches(pattern, text[1:])
    return pattern[0] == text[0] and matches(pattern[1:], text[1:])


def is_below(name: str, other: str) -> bool:
    labels, others = name.split("."), other.split(".")
    return len(labels) > len(others) and labels[-len(others) :] == others


def parent(name: str) -> str:
    return ".".join(name.split(".")[1:])


def allows_address(role: Role, address: str) -> bool:
    return any(ip_address(address) in network for network in role.allowed_ip_ranges)


def canonical(text: str) -> str | None:
    """The canonical form of a name or pattern; None if it is none."""
    labels = re.split("[.\u3002\uff0e\uff61]", text)
    if len(labels) > 1 and labels[-1] == "":
        labels.pop()
    done = []
    for label in labels:
        if "*" in label:
            lowered = label.lower() if label.isascii() else ""
            if not re.fullmatch("[a-z0-9*-]+", lowered):
                return None
            done.append(lowered)
            continue
        try:
            done.append(idna.encode(label.lower(), uts46=True, transitional=False).decode("ascii"))
        except idna.IDNAError:
            return None
    if any(not each for each in done) or len(".".join(done)) > 253:
        return None
    last_is_number = re.fullmatch("[0-9]+", done[-1]) and "*" not in text
    return None if last_is_number else ".".join(done)


LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"


def fill(template: str, entity: Entity) -> str | None:
    values = {"identity.entity.id": entity.id, "identity.entity.name": entity.name}
    values |= {f"identity.entity.metadata.{key}": value for key, value in entity.metadata.items()}
    values |= {f"identity.groups.names.{group}": group for group in entity.groups}
    marked = template
    for inner in re.findall(r"\{\{([^{}]*)\}\}", template):
        value = values.get(inner.strip(" "))
        if value is None or "xn--" in value or not re.fullmatch(LABEL, value):
            return None
        # Marked, to know which labels have a value in them.
        marked = marked.replace("{{" + inner + "}}", f"\0{value}", 1)
    if "{{" in marked or "}}" in marked:
        return None
    for label in re.split("[.\u3002\uff0e\uff61]", marked):
        if "\0" not in label:
            continue
        plain = label.replace("\0", "").lower()
        if not plain.isascii() or plain[2:4] == "--" or re.match(r"(x|xn|xn-|xn--)\*", plain):
            return None
    return marked.replace("\0", "")


@cache
def public_suffix_rules() -> frozenset[str]:
    text = Path(publicsuffixlist.PSLFILE).read_text("utf-8")
    icann = text.partition("===BEGIN ICANN DOMAINS===")[2].partition("===END ICANN DOMAINS===")[0]
    rules = (line.split()[0] for line in icann.splitlines() if line.strip() and not line.startswith("//"))
    return frozenset(_encoded(rule) for rule in rules)


def is_public_suffix(name: str) -> bool:
    """As publicsuffix.org has it; the name of a rule with a star is one, too, as its tests have it."""
    rules = public_suffix_rules()
    if f"!{name}" in rules:
        return False
    return name in rules or f"*.{parent(name)}" in rules or f"*.{name}" in rules


def _encoded(rule: str) -> str:
    mark = next((mark for mark in ("!", "*.") if rule.startswith(mark)), "")
    return mark + idna.encode(rule.removeprefix(mark), uts46=True).decode("ascii")
