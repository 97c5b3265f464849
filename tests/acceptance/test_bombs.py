"""Files that grow, or are large, or deep: an error with a place, in bounded time and memory."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.measure import measure
from tests.acceptance.command_line import environment
from tests.acceptance.trees import write_tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import RecordFigure

MEBIBYTE = 1 << 20
LONG = "x" * (MEBIBYTE // 2)
CERTIFICATE, ACCOUNT = "certificates/bomb.yaml", "accounts/bomb.yaml"
LAUGHS = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))


def many(text: str, size: int = MEBIBYTE - 100) -> str:
    """Return as many of a text as fit into the largest file that is read."""
    return text * (size // len(text))


BOMBS: dict[str, tuple[str, str | bytes, str]] = {
    "a billion laughs": (CERTIFICATE, f"a0: &a0 lol\n{LAUGHS}", "alias-bomb"),
    "an alias to itself": (CERTIFICATE, "role: &a [*a]\n", "alias-bomb"),
    "an alias to what is above": (CERTIFICATE, "role: &a {b: {c: *a}}\n", "alias-bomb"),
    "a long text, many times": (
        CERTIFICATE,
        f"role: web\nx: &a {LONG}\nidentifiers: [{', '.join(['*a'] * 90_000)}]\n",
        "alias-bomb",
    ),
    "a long key, many times": (
        CERTIFICATE,
        f"a: &a {LONG}\nm: {{{', '.join(['*a : 1'] * 45_000)}}}\n",
        "alias-bomb",
    ),
    "merge keys": (CERTIFICATE, "a: &a {b: c}\n" + "<<: *a\n" * 10_000, "merge-key"),
    "100,000 levels of brackets": (CERTIFICATE, "[" * 100_000, "too-deep"),
    "100,000 levels of braces": (CERTIFICATE, "{a: " * 100_000, "too-deep"),
    "100,000 levels of dashes": (CERTIFICATE, "- " * 100_000, "too-deep"),
    "100,000 levels of keys": (CERTIFICATE, "? " * 100_000, "bad-key"),
    "100,000 levels of JSON": ("certificates/bomb.json", '{"a":[' * 50_000, "too-deep"),
    "100 MB": (CERTIFICATE, b"", "too-large"),
    "a line of 10 MB": (CERTIFICATE, b"x" * 10_000_000, "too-large"),
    "a line of 1 MB": (CERTIFICATE, f"role: {many('x')}\n", "unknown-reference"),
    "a key of 1 MB": (CERTIFICATE, f"? {many('k')}\n: 1\n", "unknown-field"),
    "a key of 1 MB in JSON": ("certificates/bomb.json", f'{{"{many("k")}": 1}}', "unknown-field"),
    "a name of 1 MB": (CERTIFICATE, f"role: web\nidentifiers: [{many('a.')}]\n", "invalid-identifier"),
    "a path of 1 MB": ("reconciler.yaml", f"state: {many('a/')}\n", "bad-value"),
    "a request's path of 1 MB": (CERTIFICATE, f"role: web\ncsr_file: {many('a/')}\n", "bad-value"),
    "a million items": (CERTIFICATE, f"identifiers: [{'a,' * 1_000_000}]\n", "too-large"),
    "half a million items": (CERTIFICATE, f"identifiers: [{many('a,')}]\n", "alias-bomb"),
    "a million empty items in a text": (CERTIFICATE, f"identifiers: '{many(',')}'\n", "alias-bomb"),
    "99,000 empty items in a text": (CERTIFICATE, f"identifiers: '{',' * 99_000}'\n", "bad-value"),
    "an integer of 1 MB": ("roles/bomb.yaml", f"max_identifiers: {many('1')}\n", "wrong-type"),
    "an integer of 1 MB in JSON": ("roles/bomb.json", f'{{"max_identifiers": {many("1")}}}', "wrong-type"),
    "tabs": (CERTIFICATE, "\t\t\t\trole: web\n", "syntax"),
    "many tags": (CERTIFICATE, f"a: [{many('!x a,')}]\n", "tag"),
    "many declarations of tags": (CERTIFICATE, f"{many('%TAG !a! x' + chr(10))}---\na: 1\n", "syntax"),
    "many documents": (CERTIFICATE, many("--- 1\n"), "several-documents"),
    "UTF-16": (CERTIFICATE, "role: web\n".encode("utf-16"), "not-utf-8"),
    "UTF-32": (CERTIFICATE, "role: web\n".encode("utf-32"), "not-utf-8"),
    "NULs": (CERTIFICATE, bytes(MEBIBYTE), "control-character"),
    "half of a pair": ("certificates/bomb.json", '{"role": "\\ud800"}', "syntax"),
    "surrogates in UTF-8": (CERTIFICATE, b"role: \xed\xa0\x80\n", "not-utf-8"),
    "a second byte order mark": (CERTIFICATE, b"\xef\xbb\xbf\xef\xbb\xbfrole: web\n", "control-character"),
    "quotation marks without end": (CERTIFICATE, "'" * 999_999, "syntax"),
    "errors on a line that may be secret": (
        ACCOUNT,
        f"email_contacts: [{'[], ' * 90_000}]\n",
        "wrong-type",
    ),
    "fields that nobody knows": (ACCOUNT, "".join(f"k{n}: 1\n" for n in range(45_000)), "unknown-field"),
    "keys that are none": (
        "identities/bomb.yaml",
        f"id: a\nssh_keys: [{'x, ' * 90_000}]\n",
        "unusable-key",
    ),
}
QUICK = ("a billion laughs", "a long text, many times", "99,000 empty items in a text")

# A tree of four files takes about 40 MB; the most is for 90,000 findings as one JSON document.
MEMORY, SECONDS = 384 << 20, 60


def run_bounded(tree: Path, *arguments: str) -> tuple[int, bytes, float, int]:
    """Run the program within bounds; return how it ended, what it said, its seconds (CPU) and its bytes."""
    out = tree.parent / f"{tree.name}.out"
    bounded = f'cd "$1" && shift && ulimit -t {SECONDS} && exec "$@" > "$0" 2>&1'
    command = ["sh", "-c", bounded, str(out), str(tree), sys.executable, "-m", "reconciler", *arguments]
    [used] = measure([command], environment=environment()).processes
    return used.code, out.read_bytes(), used.cpu_seconds, used.peak_bytes


def check(tree: Path, name: str) -> tuple[float, int]:
    path, content, code = BOMBS[name]
    write_tree(tree)
    file = tree / path
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    if name == "100 MB":
        os.truncate(file, 100_000_000)
    status, out, seconds, memory = run_bounded(tree, "validate", "--format", "json")
    assert status == 5, name
    found = [each for each in json.loads(out)["findings"] if each["path"] == path]
    assert code in {each["code"] for each in found}, (name, found[:3])
    whole = {"too-large"}
    assert all(each["line"] >= 1 and each["column"] >= 1 for each in found if each["code"] not in whole)
    assert all(len(each["message"]) <= 1000 for each in found)
    assert memory < MEMORY, name
    return seconds, memory


@pytest.mark.parametrize("name", QUICK)
def test_what_grows_is_an_error(tmp_path: Path, name: str) -> None:
    check(tmp_path, name)


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(4))
def test_whatever_grows_is_an_error_with_a_place(
    tmp_path: Path, part: int, record_figure: RecordFigure
) -> None:
    names = list(BOMBS)[part::4]
    measured = [check(tmp_path / str(number), name) for number, name in enumerate(names)]
    seconds, memory = max(each[0] for each in measured), max(each[1] for each in measured)
    record_figure(
        "trees that grow",
        f"part {part + 1}: {len(names)} files, at most {seconds:.1f} s, {memory >> 20} MiB each",
    )


# 100,000 findings

FORMS = ("text", "json", "sarif", "junit", "codequality", "github")


def _many(tree: Path, kind: str, number: int) -> None:
    """Write a tree that has a number of errors."""
    write_tree(tree)
    folder = tree / "certificates"
    (folder / "www.yaml").unlink()
    if kind == "files":
        for each in range(number):
            (folder / f"c{each}.yaml").write_text("role: web\nidentifiers: [a b]\n")
    elif kind == "one file":
        (tree / "roles/bad.yaml").write_text(
            f"acme_account_name: ca\nallowed_ip_ranges: [{'x, ' * (number - 1)}x]\n"
        )
    elif kind == "denials":
        for each in range(number // 100):
            names = ", ".join(f"n{name}.c{each}.example.org" for name in range(100))
            (folder / f"c{each}.yaml").write_text(f"role: web\nidentifiers: [{names}]\n")
    else:
        for each in range(number):
            (folder / f"bad name {each}.yaml").write_text("")


def shown(tree: Path, form: str) -> tuple[bytes, float, int]:
    plain: dict[str, tuple[str, ...]] = {"text": (), "json": ("--format", "json")}
    status, out, seconds, memory = run_bounded(tree, "validate", *plain.get(form, ("--report", f"{form}=-")))
    assert status == 5, out[-1000:]
    return out, seconds, memory


def check_counts(out: bytes, form: str, number: int) -> None:
    text = out.decode()
    counted = f"{number}"
    if form == "text":
        assert f"... and {number - 100:,} more (`--format json` shows all)" in text
        assert f"{counted} errors in" in text
        assert len(out) < 100_000
    elif form == "json":
        assert len(json.loads(text)["findings"]) == number
    elif form == "sarif":
        # GitHub takes no more; the rest is counted.
        assert text.count('"ruleId"') == min(number, 25_000)
        assert number <= 25_000 or f"{number - 25_000}" in text.replace(",", "")
    elif form == "codequality":
        assert text.count('"fingerprint"') == number
    elif form == "junit":
        assert text.count(": error: ") >= number
    elif form == "github":
        assert text.count("::error ") == 10
        assert f"{number - 10}" in text.replace(",", "")


@pytest.mark.parametrize("kind", ["files", "one file", "denials", "names"])
def test_many_findings_are_shown_in_part_and_counted_in_full(tmp_path: Path, kind: str) -> None:
    _many(tmp_path, kind, 400)
    out, _, _ = shown(tmp_path, "text")
    check_counts(out, "text", 400)


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["files", "one file", "denials", "names"])
def test_a_hundred_thousand_findings(tmp_path: Path, kind: str, record_figure: RecordFigure) -> None:
    number = 99_000
    _many(tmp_path, kind, number)
    worst, most = 0.0, 0
    # To read so many files takes most of the time, whatever the form.
    forms = FORMS[:2] if kind == "files" else FORMS
    for form in forms:
        out, seconds, memory = shown(tmp_path, form)
        check_counts(out, form, number)
        worst, most = max(worst, seconds), max(most, memory)
    assert most < 1 << 30
    record_figure(
        "100,000 findings",
        f"{kind}: {number:,}, each of {len(forms)} forms within {worst:.0f} s (CPU) and {most >> 20} MiB",
    )
