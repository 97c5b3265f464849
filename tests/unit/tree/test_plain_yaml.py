"""Plain YAML is read without the strict reader, and never otherwise than it would."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.errors import InvalidTreeError
from reconciler.tree import load_tree
from reconciler.tree.files import control_character
from reconciler.tree.plain_yaml import read_plain
from tests.unit.tree.plain import MIXED, WANTED, check_plain
from tests.unit.tree.test_fuzz import PIECES
from tests.unit.tree.test_scalars import TRAPS
from tests.unit.tree.trees import VALID, make_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.desired import Desired

EXAMPLES = Path(__file__).parents[3] / "examples"
KINDS = ("accounts", "certificates", "identities", "roles", "account", "certificate", "identity", "role")
FILES = {
    str(file.relative_to(EXAMPLES)): file.read_text()
    for file in sorted(EXAMPLES.glob("**/*.yaml"))
    if not {*file.parts}.isdisjoint(KINDS)
}
TYPICAL = """\
# www: asked for by the team that runs it.
role: web   # as in roles/web.yaml

challenge_type: 'http-01'
renew:
  # a third
  before: 33%
fulfillment: {http-01: manual, dns-01: "corp"}
identifiers:
  - www.example.com
  - "*.example.com"  # all
  - 2001:db8::7
"""
NOT_PLAIN = [
    "a: &b c\n",
    "a: *b\n",
    "a: !!str b\n",
    "a: |\n  b\n",
    "a: >\n  b\n",
    "a: b\n  c\n",
    "a: b\n\n  c\n",
    "a: 'b\n  c'\n",
    "a: 'it''s'\n",
    'a: "\\x41"\n',
    "a:\tb\n",
    "a: b\t\n",
    "a: b\t# c\n",
    "a: 'b'# c\n",
    "a: 'b\tc'\n",
    "a: b\r\n",
    "# a\rb: c\n",
    "a: b\na: c\n",
    "a: {b: c, b: d}\n",
    "a:\n  b: c\n  b: d\n",
    "a: [b, ]\n",
    "a: [b,, c]\n",
    "a: [b:c]\n",
    "a: [b: c]\n",
    "a: [[b]]\n",
    "a: [\n  b]\n",
    "a: {b}\n",
    "a: {b: }\n",
    "a: {b:c}\n",
    "a: b: c\n",
    "a: b:\n",
    "a:b\n",
    "a: - b\n",
    "a: #b\n",
    "a:\n",
    "a:\nb: c\n",
    "a:\n- b\n  - c\n",
    "a:\n  - b\n - c\n",
    "a:\n  - b\n   - c\n",
    "a:\n  - b: c\n",
    "a:\n  - - b\n",
    "a:\n  -b\n",
    "a:\n  b: c\n   d: e\n",
    "a:\n  b: c\n d: e\n",
    "a:\n  b:\n    c: d\n",
    "a:\nb\n",
    " a: b\n",
    "? a\n: b\n",
    "'a': b\n",
    "<<: b\n",
    "- a\n",
    "a\n",
    "",
    "# nothing\n",
    "---\n",
    "a: b\n---\nc: d\n",
    "---\n---\na: b\n",
    "a: b\n...\n",
    "%YAML 1.1\n---\na: b\n",
    f"{'a' * 1030}: b\n",
    f"a: {'b' * 70_000}\n",
]


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_what_may_be_something_else_is_left_to_the_strict_reader(text: str) -> None:
    assert read_plain(text, MIXED) is None


@pytest.mark.parametrize("name", FILES)
def test_the_examples_are_plain(name: str) -> None:
    taken = check_plain(FILES[name])
    assert taken == (name != "schemas/negative_test/identity/number.yaml")


@pytest.mark.parametrize("trap", [*TRAPS, "a b", "a:b", "a#b", "-", "a, b", ",", "...", "a  # b", "(a)"])
@pytest.mark.parametrize("key", ["yes", "whole", "real", "either", "many", "lists", "under", "other"])
def test_what_looks_like_something_else(key: str, trap: str) -> None:
    for text in (trap, f"[{trap}, {trap}]", f"{{yes: {trap}, other: {trap}}}", f"'{trap}'"):
        check_plain(f"{key}: {text}\n")
        check_plain(f"{key}:\n  - {text}\n  - {text}")
        check_plain(f"{key}:\n  yes: {text}\n  either: {text}\n  other: {text}\n")


@pytest.mark.parametrize(
    "text", ["x: 1", TYPICAL, TYPICAL[:-1], f"---\n{TYPICAL}", f"# a\n\n--- \n{TYPICAL}"]
)
def test_usual_files_are_taken(text: str) -> None:
    assert all(check_plain(text, each) for each in WANTED)


scalars = (
    st.sampled_from([*TRAPS, "www.example.com", "a, b", "33%", "*.example.com", "http-01", "x y", "a:b"])
    | st.text(st.sampled_from("aB0 .:#-_,/'\"%[{&*!|>é日"), max_size=8)
    | st.sampled_from(PIECES)
)
written = scalars | scalars.map("'{}'".format) | scalars.map('"{}"'.format)
breaks = st.sampled_from(
    ["\n"] * 12 + [" # c\n", "\n# c\n", "\n\n", "\n  # c\n", " \n", "\n \n", "#\n", "\r\n"]
)
names = st.sampled_from(["yes", "whole", "real", "either", "many", "lists", "under", "x", "y", "a-b", "no"])
indents = st.sampled_from(["  "] * 6 + ["", "    ", " "])


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Texts that are plain YAML, or nearly."""
    text = draw(st.sampled_from(["", "", "", "---\n", "# c\n", "\n"]))
    for name in draw(st.lists(names, max_size=5, unique=True)):
        indent, end = draw(indents), breaks
        values = draw(st.lists(written, min_size=1, max_size=3))
        keys = draw(st.lists(names, min_size=len(values), max_size=len(values)))
        pairs = [f"{key}: {value}" for key, value in zip(keys, values, strict=True)]
        match draw(st.integers(0, 4)):
            case 0:
                text += f"{name}: {values[0]}{draw(end)}"
            case 1:
                text += f"{name}: [{', '.join(values)}]{draw(end)}"
            case 2:
                text += f"{name}: {{{', '.join(pairs)}}}{draw(end)}"
            case 3:
                text += f"{name}:{draw(end)}" + "".join(f"{indent}- {each}{draw(end)}" for each in values)
            case _:
                text += f"{name}:{draw(end)}" + "".join(f"{indent}{each}{draw(end)}" for each in pairs)
    return text


@settings(max_examples=300)
@given(documents())
def test_what_is_taken_is_read_as_the_strict_reader_does(text: str) -> None:
    if not control_character(text):
        for wanted in WANTED:
            check_plain(text, wanted)


def edited(text: str, chance: random.Random) -> str:
    """Return a text with something put in, taken out, doubled or moved."""
    at, other = chance.randrange(len(text) + 1), chance.randrange(len(text) + 1)
    match chance.randrange(5):
        case 0:
            return text[:at] + chance.choice(PIECES) + text[at:]
        case 1:
            return text[:at] + text[at + chance.randint(1, 4) :]
        case 2:
            return (
                text[:at] + chr(chance.choice((chance.randrange(128), chance.randrange(0x3000)))) + text[at:]
            )
        case 3:
            return text[:at] + text[other : other + chance.randint(1, 30)] + text[at:]
        case _:
            lines = text.splitlines(keepends=True)
            lines.insert(chance.randrange(len(lines)), lines.pop(chance.randrange(len(lines))))
            return "".join(lines)


def test_edited_files_are_read_as_the_strict_reader_does() -> None:
    chance = random.Random(8)
    seeds = [TYPICAL, TYPICAL, *FILES.values()]
    taken = tried = 0
    for _ in range(3000):
        text = edited(chance.choice(seeds), chance)
        while chance.randrange(3) == 0:
            text = edited(text, chance)
        if not control_character(text):
            tried += 1
            taken += check_plain(text, chance.choice(WANTED))
    # Most edits leave a file plain, or make it one that nobody writes.
    assert taken > tried / 4
    assert tried > 2000


def outcome(root: Path) -> tuple[Desired | None, Sequence[object]]:
    """Return the tree, or None; and its findings and places."""
    try:
        desired = load_tree(root)
    except InvalidTreeError as error:
        return None, error.findings
    places: list[object] = []
    for spec in desired.certificates.values():
        places += [spec.identifier_locations, spec.places.fields]
    return desired, places


@settings(max_examples=40)
@given(
    st.integers(0, 10_000), st.sampled_from(["certificates/www.yaml", "roles/web.yaml", "accounts/le.yaml"])
)
@example(0, "certificates/www.yaml")
def test_a_tree_is_the_same_without_it(seed: int, path: str) -> None:
    chance = random.Random(seed)
    text = edited(VALID[path] if chance.randrange(2) else TYPICAL.replace("corp", "manual"), chance)
    with tempfile.TemporaryDirectory() as folder:
        root = make_tree(Path(folder), {path: text.encode("utf-8", "replace")})
        found = outcome(root)
        with patch("reconciler.tree.document.read_plain", return_value=None):
            assert outcome(root) == found
