"""`--report`, as pipelines use it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from tests.acceptance.command_line import PROGRAM, environment, run_process
from tests.acceptance.trees import write_account, write_certificate, write_tree
from tests.unit.render.output_schemas import check

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram

KINDS = ("text", "json", "markdown", "github", "sarif", "codequality", "gitlab-terraform", "junit")
DENIED = {"certificates/bad.yaml": "role: web\nidentifiers: [evil.example.org]\n"}
INVALID = {"certificates/bad.yaml": "role: wbe\nidentifiers: [evil.example.org]\n"}
ALL = tuple(each for kind in KINDS for each in ("--report", f"{kind}={kind}"))
ERROR = "::error file={},line=2,endLine=2,col=15,endColumn=31,title=reconciler%3A denied::the role `web`"


def load(path: Path) -> Any:  # noqa: ANN401 - what JSON can be
    return json.loads(path.read_text("utf-8"))


def places(sarif: Path) -> list[str]:
    [found] = load(sarif)["runs"]
    return [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in found["results"]]


def test_all_reports_of_one_run(tree: Path, program: RunProgram) -> None:
    write_tree(tree, **DENIED)
    done = program("plan", *ALL)
    assert (done.code, done.err) == (5, "")
    assert done.out == program("plan").out == (tree / "text").read_text()
    assert (tree / "markdown").read_text() == program("plan", "--format", "markdown").out
    check(load(tree / "json"))
    assert (tree / "github").read_text().startswith(ERROR.format("certificates/bad.yaml"))
    assert places(tree / "sarif") == ["certificates/bad.yaml"]
    assert [each["check_name"] for each in load(tree / "codequality")] == ["denied"]
    assert load(tree / "gitlab-terraform") == {"create": 2, "update": 0, "delete": 0}
    suite = ET.parse(tree / "junit").getroot()[0]  # noqa: S314 - our own
    assert [(case.get("name"), len(case)) for case in suite] == [("bad", 1), ("www", 0)]


def test_a_text_that_is_kept_has_all(tree: Path, program: RunProgram) -> None:
    names = [f"n{number}.example.org" for number in range(200)]
    for number in (0, 100):
        asked = ", ".join(names[number : number + 100])
        write_tree(tree, **{f"certificates/bad{number}.yaml": f"role: web\nidentifiers: [{asked}]\n"})
    done = program("plan", *ALL)
    assert "... and 100 more" in done.out
    text = (tree / "text").read_text()
    assert [name for name in names if f"`{name}`:" not in text] == []
    assert "another report has all of them" in (tree / "github").read_text()


def test_an_invalid_tree_has_its_reports(tree: Path, program: RunProgram) -> None:
    write_tree(tree, **INVALID)
    done = program("plan", *ALL)
    assert (done.code, done.out, done.err) == (5, "", program("plan").err)
    assert (tree / "text").read_text() == done.err
    assert load(tree / "json")["kind"] == "validation"
    assert "### The tree is invalid: 1 error in 1 file\n" in (tree / "markdown").read_text()
    assert "::error file=certificates/bad.yaml,line=1," in (tree / "github").read_text()
    assert places(tree / "sarif") == ["certificates/bad.yaml"]
    assert len(load(tree / "codequality")) == 1
    assert load(tree / "gitlab-terraform") == {}
    assert 'failures="1"' in (tree / "junit").read_text()


def test_reports_of_a_run_that_fails_replace_older_ones(tree: Path, program: RunProgram) -> None:
    program("plan", *ALL)
    done = program("plan", "--select", "wwww", *ALL)
    said = "there is no certificate that matches `wwww`, neither in the tree nor in the state"
    assert (done.code, done.out) == (1, "")
    assert done.err == f"error: {said}; did you mean `www`?\n"
    assert (tree / "text").read_text().startswith(f"reconciler.yaml: error: {said}")
    [finding] = load(tree / "json")["findings"]
    assert (finding["code"], finding["path"], finding["line"]) == ("run-failed", "reconciler.yaml", 0)
    check(load(tree / "json"))
    assert (
        (tree / "markdown")
        .read_text()
        .startswith(
            "<!-- reconciler plan -->\n### The run has failed: there is no plan\n\n- `reconciler.yaml`: "
        )
    )
    assert (
        (tree / "github")
        .read_text()
        .startswith(f"::error file=reconciler.yaml,title=reconciler%3A run-failed::{said}")
    )
    assert places(tree / "sarif") == ["reconciler.yaml"]
    assert len(load(tree / "codequality")) == 1
    assert load(tree / "gitlab-terraform") == {}
    assert 'type="run-failed"' in (tree / "junit").read_text()


def test_an_error_of_the_system_is_a_failure_as_well(tree: Path, program: RunProgram) -> None:
    (tree / "reconciler.yaml").write_text(f"output: {'x' * 300}\n")
    assert program("plan", "--report", "github=github").code == 1
    assert "run-failed::" in (tree / "github").read_text()
    assert "File name too long" in (tree / "github").read_text()


def test_what_was_reported_stays(tree: Path) -> None:
    command = f"{shlex.join(PROGRAM)} plan --report markdown=plan.md >/dev/full"
    done = subprocess.run(
        ["sh", "-c", command], cwd=tree, env=environment(), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, b"error: standard output: No space left on device\n")
    assert "1 to order" in (tree / "plan.md").read_text()


def test_a_failure_is_the_output_that_was_wanted(tree: Path, program: RunProgram) -> None:
    done = program("plan", "--base", "none", "--format", "markdown")
    assert (done.code, "### The run has failed" in done.out, done.err.count("\n")) == (1, True, 1)
    done = program("plan", "--base", "none", "--report", "github=-", "--report", "sarif=none/x")
    assert (done.code, done.out.count("\n")) == (1, 1)
    [line] = done.err.splitlines()
    assert line.startswith("error: the tree is in no Git repository")
    assert line.endswith("none/x: the report cannot be written: No such file or directory")


@pytest.mark.parametrize("command", ["plan", "validate"])
def test_no_tree_at_all_has_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: RunProgram, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = program(command, "--report", "github=-")
    assert done.code == 5
    assert done.out.startswith("::error file=reconciler.yaml,title=reconciler%3A no-tree::")
    assert "there is no reconciler.yaml here" in done.err


@pytest.mark.parametrize("command", ["plan", "validate"])
def test_paths_begin_at_the_top_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: RunProgram, command: str
) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    tree = tmp_path / "infra" / "p k i"
    tree.mkdir(parents=True)
    write_tree(tree, **DENIED)
    monkeypatch.chdir(tree / "certificates")
    done = program(command, "--report", "github=-", "--report", "sarif=../s", "--report", "codequality=../c")
    assert done.code == 5
    assert done.out.startswith(ERROR.format("infra/p k i/certificates/bad.yaml"))
    assert places(tree / "s") == ["infra/p%20k%20i/certificates/bad.yaml"]
    assert load(tree / "c")[0]["location"] == {
        "path": "infra/p k i/certificates/bad.yaml",
        "lines": {"begin": 2},
    }


def test_what_a_report_takes_from_standard_output_goes_to_people_otherwise(
    tree: Path, program: RunProgram
) -> None:
    write_tree(tree, **DENIED)
    done = program("plan", "--report", "github=-")
    assert done.out.count("\n") == 1
    assert done.err == program("plan").out
    # For programs there is nothing besides.
    done = program("plan", "--format", "json", "--report", "github=-")
    assert (done.out.count("\n"), done.err) == (1, "")


def test_a_tree_that_is_invalid_keeps_standard_output_for_the_report(tree: Path, program: RunProgram) -> None:
    write_tree(tree, **INVALID)
    done = program("plan", "--format", "json", "--report", "junit=-")
    assert done.code == 5
    assert ET.fromstring(done.out).tag == "testsuites"  # noqa: S314 - our own
    assert "error: " in done.err


def test_markdown_of_an_invalid_tree(tree: Path, program: RunProgram) -> None:
    write_tree(tree, **INVALID)
    done = program("plan", "--format", "markdown")
    assert (done.code, done.err) == (5, program("plan").err)
    assert done.out.startswith("<!-- reconciler plan -->\n### The tree is invalid: 1 error in 1 file\n")


def test_validate_has_reports(tree: Path, program: RunProgram) -> None:
    write_tree(tree, **DENIED)
    reports = [each for kind in ("sarif", "codequality", "junit") for each in ("--report", f"{kind}={kind}")]
    done = program("validate", *reports, "--report", "github=-")
    assert done.code == 5
    assert done.out.startswith(ERROR.format("certificates/bad.yaml"))
    assert "1 error in 1 file" in done.err
    assert places(tree / "sarif") == ["certificates/bad.yaml"]
    assert 'name="reconciler validate" tests="2" failures="1"' in (tree / "junit").read_text()
    (tree / "certificates/bad.yaml").unlink()
    done = program("validate", "--report", "github=-")
    assert (done.code, done.out, done.err) == (0, "", "")


@pytest.mark.parametrize(
    ("changes", "said"), [({}, "1 to order"), (DENIED, "evil.example.org"), (INVALID, "wbe")]
)
def test_a_report_that_cannot_be_written_is_named_after_all_else(
    tree: Path, program: RunProgram, changes: dict[str, str], said: str
) -> None:
    write_tree(tree, **changes)
    (tree / "folder").mkdir()
    bad = ("--report", "sarif=none/x.sarif", "--report", "junit=folder")
    done = program("plan", *bad, "--report", "codequality=good")
    assert done.code == 1
    assert said in done.out + done.err
    assert isinstance(load(tree / "good"), list)
    last = done.err.splitlines()[-1]
    assert last.startswith(
        "error: none/x.sarif: the report cannot be written: No such file or directory; folder:"
    )


def test_a_tree_that_is_as_wanted(tree: Path, program: RunProgram) -> None:
    write_account(tree)
    write_certificate(tree)
    done = program("plan", *ALL)
    assert (done.code, done.out) == (0, "No changes. 1 certificate is as the tree wants it.\n")
    assert (tree / "markdown").read_text() == (
        "<!-- reconciler plan -->\n### No changes. 1 certificate is as the tree wants it\n"
    )
    assert (tree / "github").read_text() == ""
    assert load(tree / "gitlab-terraform") == {"create": 0, "update": 0, "delete": 0}
    assert '<testcase classname="certificates" name="www" />' in (tree / "junit").read_text()


def test_a_device_is_written_to_and_stays(tree: Path) -> None:
    done = run_process(tree, "plan", "--report", "markdown=/dev/null", "--report", "github=/dev/stderr")
    assert (done.returncode, done.stderr) == (0, "")
    assert not os.path.isfile("/dev/null")  # noqa: PTH113 - one word


def test_reports_are_there_though_nobody_reads_the_output(tree: Path) -> None:
    command = [*PROGRAM, "plan", "--report", "junit=junit"]
    with subprocess.Popen(command, cwd=tree, env=environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.wait(60)
    assert ET.parse(tree / "junit").getroot().tag == "testsuites"  # noqa: S314 - our own


def test_the_text_of_a_tree_cannot_command_the_runner(tree: Path, program: RunProgram) -> None:
    hostile = 'role: web\nidentifiers: ["x ::error::owned ##[error]owned"]\n'
    write_tree(tree, **{"certificates/bad.yaml": hostile})
    done = program("plan", "--report", "github=-")
    assert done.code == 5
    assert "owned" in done.err
    lines = [line.lstrip() for line in done.err.splitlines()]
    assert not any(line.startswith("::") or "##[" in line for line in lines)
    assert done.out.count("\n") == 1
