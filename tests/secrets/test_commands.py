"""Every command, at its most talkative, with secrets of every kind: none comes where it is not meant to be.

What is looked through: all that was printed, every file below the tree, the home and the folder for temporary
files, every object of both repositories, and the arguments and environment of every process that was started.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.cli.main import cli
from tests.acceptance.command_line import all_commands
from tests.secrets.leaks import started, strange, written

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tests.conftest import RecordFigure
    from tests.secrets.conftest import MakeScene
    from tests.secrets.forms import Secret
    from tests.secrets.scene import Scene

JSON = ("--format", "json")
# What the tree names is for this program alone; what else is in the environment, its user has given to all.
OF_THE_TREE = {"EAB key", "TSIG secret", "AWS key"}
GIVEN_TO_ALL = {"password", "proxy's password"}


def run_all(scene: Scene, *, share: bool = True) -> None:
    """Run each command at least once; one form after the other. A new command wants a line here."""
    run = scene.run
    run("init", str(scene.top / "out/new"), path=["init"])
    run("validate", *JSON, path=["validate"])
    plan, sarif = str(scene.out / "plan.json"), scene.out / "plan.sarif"
    run("plan", "--out", plan, "--report", f"sarif={sarif}", "--digest", path=["plan"])
    commit = ["--commit"] if share else []
    run("apply", *commit, "--detailed-exitcode", path=["apply"], code=3, wire=True)
    one, two = scene.order("one"), scene.order("two")
    run("status", path=["status"])
    run("order", "list", *JSON, path=["order", "list"])
    run("order", "show", one, path=["order", "show"])
    run("order", "challenges", one, "--all", path=["order", "challenges"])
    run("order", "fulfilled", one, "--continue", path=["order", "fulfilled"])
    run("order", "cancel", two, *JSON, path=["order", "cancel"])
    run("order", "retry", two, path=["order", "retry"])
    run("order", "revoke", one, "--by-certificate-key", path=["order", "revoke"], wire=True)
    look_at_certificates(scene)
    change_accounts(scene)
    run("role", "list", *JSON, path=["role", "list"])
    run("role", "show", "web", path=["role", "show"])
    run("role", "explain", "--certificate", "shop", *JSON, path=["role", "explain"])
    run("state", "check", *JSON, path=["state", "check"])
    run("log", path=["log"])
    run("dns", "records", path=["dns", "records"])
    run("dns", "test", "bind", "--identifier", "shop.example.com", path=["dns", "test"])
    run("dns", "test", "aws", "--identifier", "aws.test", *JSON, path=["dns", "test"])


def look_at_certificates(scene: Scene) -> None:
    run, fetch = scene.run, ["certificate", "fetch"]
    run("certificate", "list", path=["certificate", "list"])
    run("certificate", "show", "www", *JSON, path=["certificate", "show"])
    serial = next(
        line.split()[-1].strip("\"'")
        for line in (scene.tree / "state/certificates/www.yaml").read_text().splitlines()
        if "serial" in line
    )
    run("certificate", "lookup", serial, path=["certificate", "lookup"])
    bundle, pkcs12 = str(scene.out / "bundle.pem"), str(scene.out / "shop.p12")
    run(*fetch, "shop", "--format", "pem_bundle", "-o", bundle, path=fetch)
    run(*fetch, "www", "--format", "pkcs12", "-o", pkcs12, "--password-env", "PASSWORD", path=fetch)


def change_accounts(scene: Scene) -> None:
    run = scene.run
    run("account", "list", *JSON, path=["account", "list"])
    run("account", "show", "ca", path=["account", "show"])
    scene.account("twin")
    key = str(scene.write_key_as_certbot_has_it("spare"))
    run("account", "import", "twin", "--key-file", key, path=["account", "import"])
    run("account", "rotate-key", "ca", "--force", path=["account", "rotate-key"], wire=True)
    run("account", "deactivate", "spare", "--force", *JSON, path=["account", "deactivate"])


def check(
    scene: Scene,
    record_figure: RecordFigure,
    what: str,
    more: Sequence[Secret] = (),
    places: Collection[str] = (),
) -> None:
    """Let the test fail if a secret has come where it is not meant to be.

    Args:
        scene: what has been run.
        record_figure: takes what was looked through.
        what: was run, in words.
        more: secrets of this test.
        places: where these are meant to be.
    """
    evidence, secrets = scene.evidence, [*scene.secrets(), *more]
    given = {"git": OF_THE_TREE | GIVEN_TO_ALL | {each.name for each in more}, "hook": GIVEN_TO_ALL}
    files = {**scene.places(), **dict.fromkeys(places, frozenset(each.name for each in more))}
    printed = evidence.in_what_was_printed(secrets)
    assert not printed, "\n".join(printed)
    assert evidence.in_files(secrets, scene.top, files) == []
    assert evidence.in_processes(secrets, scene.notes, given) == []
    assert evidence.in_git(secrets, scene.remote, scene.tree) == []
    assert strange(scene.notes) == []
    elsewhere = {each for each in written(scene.notes) if not each.startswith(f"{scene.top}/")}
    assert elsewhere <= {"/dev/null"}
    needles = sum(len(each.forms) for each in secrets)
    record_figure(
        "secrets",
        f"{what}: {scene.runs} runs, {len(secrets)} secrets in {needles} forms, "
        f"{evidence.searched / 1e6:.1f} MB searched, {len(started(scene.notes))} processes",
    )


@pytest.mark.timeout(600)  # it is one process after the other
def test_every_command_has_its_line(scene: MakeScene, record_figure: RecordFigure) -> None:
    stage = scene(encrypted=True)
    run_all(stage)
    assert stage.ran == set(all_commands(cli))
    names = {name for name, _words, _environment in started(stage.notes)}
    assert names == {"git", "hook"}
    made = [each.name for each in stage.made()]
    assert made.count("account key") >= 4
    assert made.count("certificate key") >= 3
    check(stage, record_figure, f"all {len(stage.ran)} commands")
