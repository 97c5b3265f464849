"""The machine's own Debian source, with another suite: for packages newer than the machine's release.

Only texts go in and out here; the machine's mirror, its keys and its options are kept as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

_RELEASES = frozenset(
    ["oldstable", "stable", "testing", "unstable", "sid", "bullseye", "bookworm", "trixie", "forky", "duke"]
)
_ONE_LINE = re.compile(
    r"deb\s+(?P<options>\[[^\]]*\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>\S.*)"
)
_FIELD = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9-]*):(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class AptSource:
    """One source of packages.

    Attributes:
        form: the suffix of the file that holds it: apt reads its form off that.
        uri: for messages and for the order of preference.
        text: the file's content.
    """

    form: Literal["list", "sources"]
    uri: str
    text: str


def with_suite(name: str, content: str, suite: str) -> list[AptSource]:
    """Return the Debian sources of a file of apt's, each turned to `suite` (sources.list(5)).

    Args:
        name: the file's name; its suffix says in which of the two forms it is written.
        content: what it holds.
        suite: the suite to turn to.

    Returns:
        Only the sources of a Debian release's `main` itself: no security or update suites, no other vendors'
        ones (as far as that can be seen), nothing that is switched off.
    """
    entries = _stanzas(content, suite) if name.endswith(".sources") else _lines(content, suite)
    return list(entries)


def by_preference(sources: list[AptSource]) -> list[AptSource]:
    """Return them without repetitions, those first whose address looks like a mirror of Debian."""
    return sorted(dict.fromkeys(sources), key=lambda source: not source.uri.rstrip("/").endswith("/debian"))


def _lines(content: str, suite: str) -> Iterator[AptSource]:
    for line in content.splitlines():
        match = _ONE_LINE.fullmatch(line.partition("#")[0].strip())
        if match and match["suite"] in _RELEASES and "main" in match["components"].split():
            options = match["options"] or ""
            yield AptSource("list", match["uri"], f"deb {options}{match['uri']} {suite} main\n")


def _stanzas(content: str, suite: str) -> Iterator[AptSource]:
    uncommented = "\n".join(line for line in content.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n[ \t]*\n", uncommented):
        fields = _fields(stanza)
        words = {name.lower(): value.split() for name, value in fields.items()}
        if (
            "deb" in words.get("types", [])
            and _RELEASES.intersection(words.get("suites", []))
            and "main" in words.get("components", [])
            and words.get("enabled") not in (["no"], ["false"], ["0"])
            and words.get("uris")
        ):
            changed = {"types": " deb", "suites": f" {suite}", "components": " main"}
            text = "".join(f"{name}:{changed.get(name.lower(), value)}\n" for name, value in fields.items())
            yield AptSource("sources", words["uris"][0], text)


def _fields(stanza: str) -> dict[str, str]:
    """Return field names and values as they stand; a value goes on in lines that start with a blank."""
    matches = (_FIELD.fullmatch(part) for part in re.split(r"\n(?=\S)", stanza.strip("\n")))
    return {match["name"]: match["value"] for match in matches if match}
