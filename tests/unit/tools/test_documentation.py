"""What the documentation says by hand, as far as a program can see whether it is true."""

from __future__ import annotations

import ast
import json
import re
import shlex
from pathlib import Path

import click
import jsonschema
import pytest
import yaml

from reconciler.cli.exit_codes import ExitCode
from reconciler.cli.init_files import IGNORED
from reconciler.cli.main import cli
from reconciler.engine.pace import before_next_order
from reconciler.orders.machine import Outcome

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CODE = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
_FOLDERS = {"accounts": "account", "roles": "role", "certificates": "certificate", "identities": "identity"}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _anchors(path: Path) -> set[str]:
    headings = _HEADING.findall(_CODE.sub("", path.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for link in _LINK.findall(path.read_text("utf-8")):
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        if link.startswith("https://"):
            continue
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    assert not broken


def test_each_promise_names_tests_that_are_there() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (DOCS / "reliability.md").read_text("utf-8").splitlines()
        if line.startswith("| ") and not line.startswith(("| Promise |", "| --- |"))
    ]
    wrong = []
    for promise, tests, *_ in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", tests)
        found = [
            (ROOT / path).is_file() and f"def {test}(" in (ROOT / path).read_text() for path, test in named
        ]
        if not named or not all(found):
            wrong.append(promise)
    assert not wrong


def test_what_is_called_long_is_left_to_make_chaos() -> None:
    named = re.findall(
        r"`(tests/[\w/]+\.py)::(\w+)`( \(long\))?", (DOCS / "reliability.md").read_text("utf-8")
    )
    chaos = "pytest.mark.chaos"
    for path, name, long in named:
        module = ast.parse((ROOT / path).read_text("utf-8"))
        test = next(each for each in module.body if isinstance(each, ast.FunctionDef) and each.name == name)
        of_all = [ast.unparse(each.value) for each in module.body if isinstance(each, ast.Assign)]
        own = [ast.unparse(each) for each in test.decorator_list]
        # Of one whose parameters are long in part either can be said.
        is_long = chaos in own or any(chaos in each for each in of_all)
        assert is_long <= bool(long) <= (is_long or any(chaos in each for each in own)), (path, name)


def _command_lines(text: str) -> list[str]:
    """Return what is shown to be typed: lines of code blocks, and code within sentences."""
    text = re.sub(r"\\\n *", "", text)
    code = [line for _, block in _CODE.findall(text) for line in block.splitlines() if line.startswith("$ ")]
    code += [line for line in text.splitlines() if line.startswith("    ")]
    code += re.findall(r"`([^`\n]+)`", text)
    lines = [line.strip().removeprefix("$ ").split("#")[0] for line in code]
    parts = [re.split(r"&&|\|\|?", line)[0].strip() for line in lines]
    return [re.sub(r"^\w+=\S+ ", "", part) for part in parts if re.match(r"(\w+=\S+ )?reconciler( |$)", part)]


def _complaint(line: str) -> str | None:
    """Return what is wrong with a command line: a command or an option that does not exist."""
    command: click.Command = cli
    context = click.Context(cli, info_name="reconciler")
    words = iter(shlex.split(line)[1:])
    for word in words:
        if word.startswith("-"):
            word, _, value = word.partition("=")
            options = {name: each for each in command.params for name in each.opts}
            if word not in options and word not in ("--help", "-h"):
                return f"{line!r}: {command.name} has no option {word}"
            if isinstance(option := options.get(word), click.Option) and not (option.is_flag or value):
                next(words, None)
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z-]+", word):
            found = command.get_command(context, word)
            if found is None:
                return f"{line!r}: no command {word}"
            command = found
    return None


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_commands_and_options_exist(path: Path) -> None:
    complaints = [_complaint(line) for line in _command_lines(path.read_text("utf-8"))]
    assert not list(filter(None, complaints))


@pytest.mark.parametrize(
    "line", ["reconciler aply", "reconciler plan --detailed", "reconciler order fulfilled X --contine"]
)
def test_a_wrong_command_line_would_be_found(line: str) -> None:
    assert _complaint(line)


def _yaml_examples() -> list[tuple[str, str]]:
    return [
        (_name(page), block)
        for page in PAGES
        for language, block in re.findall(r"```(yaml)\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
        if language and re.match(r" *# (reconciler\.yaml|(accounts|roles|certificates|identities)/)", block)
    ]


@pytest.mark.parametrize(("page", "block"), _yaml_examples())
def test_examples_of_files_are_valid(page: str, block: str) -> None:
    name = block.split("\n")[0].strip().removeprefix("# ")
    schema_name = _FOLDERS.get(name.split("/")[0], "reconciler")
    schema = json.loads((ROOT / "schemas" / f"{schema_name}.schema.json").read_text())
    # What is left out of a PEM is shown as three dots.
    value = yaml.safe_load(re.sub(r"^( *)\.\.\.$", r"\1AAAA", block, flags=re.MULTILINE))
    jsonschema.validate(value, schema)


def test_there_are_examples_of_every_kind_of_file() -> None:
    names = {block.split("\n")[0].strip().removeprefix("# ").split("/")[0] for _, block in _yaml_examples()}
    assert names == {"reconciler.yaml", *_FOLDERS}


def test_the_exit_codes_are_those_of_the_program() -> None:
    rows = re.findall(r"^\| (\d+) \|", (DOCS / "reference" / "exit-codes.md").read_text(), re.MULTILINE)
    assert [int(row) for row in rows] == sorted(ExitCode)


def test_the_outcomes_are_those_of_the_machine() -> None:
    section = (DOCS / "explanation" / "orders.md").read_text().split("## Outcomes")[1].split("## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [str(outcome) for outcome in Outcome]


def test_the_lines_for_gitignore_are_those_of_init() -> None:
    text = (DOCS / "how-to" / "keys-and-git.md").read_text()
    assert "\n".join(f"    {line}" for line in IGNORED) in text


def test_the_times_between_orders_are_those_of_the_program() -> None:
    text = (DOCS / "how-to" / "after-a-failure.md").read_text()
    rows = re.findall(r"^\| (\d)(?: and more)? \| (\d+) (minute|day)s? \|$", text, re.MULTILINE)
    minutes = {"minute": 1, "day": 24 * 60}
    shown = {int(attempt): int(number) * minutes[unit] for attempt, number, unit in rows}
    assert shown == {n: before_next_order(n).total_seconds() / 60 for n in (1, 2, 3, 4)}
    assert before_next_order(5) == before_next_order(4)
