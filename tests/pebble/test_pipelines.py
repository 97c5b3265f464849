"""The pipelines that apply, run against a real CA and a real remote."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pyrage
import pytest
import yaml

from reconciler.cli import pipelines
from tests.pipelines import github, gitlab
from tests.pipelines.git_server import GitServer
from tests.pipelines.machine import Machine
from tests.pipelines.test_action import action
from tests.pipelines.trees import PACKAGE, start
from tools.run_git import git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pebble.conftest import StartPebble, StartWebroot

WWW = "role: web\nidentifiers: [www.example.com]\n"
GITLAB = yaml.safe_load(pipelines.gitlab(package=PACKAGE)[pipelines.GITLAB])


class Site:
    """A forge with a tree whose account is at a CA, whose keys are encrypted, whose challenges are served."""

    def __init__(
        self, folder: Path, pebble: StartPebble, webroot: StartWebroot, *, by_hand: bool = False
    ) -> None:
        self.identity = pyrage.x25519.Identity.generate()
        ca = pebble()
        served = folder / "served"
        webroot(ca, served)
        pem = "".join(f"  {line}\n" for line in ca.trusted_ca.splitlines())
        challenges = "" if by_hand else f"challenges: {{http-01: {{webroot: {served}}}}}\n"
        self.forge = start(
            folder,
            files={
                "reconciler.yaml": f"encryption: {{recipients: [{self.identity.to_public()}]}}\n{challenges}",
                "accounts/ca.yaml": (
                    f"directory_url: {ca.directory_url}\nterms_of_service_agreed: true\ntrusted_ca: |\n{pem}"
                ),
                "roles/web.yaml": (
                    "acme_account_name: ca\nallowed_domains: [www.example.com, api.example.com]\n"
                    "allowed_domain_options: [bare_domains]\n"
                ),
                "certificates/www.yaml": WWW,
            },
        )
        self.machines = 0
        self.folder = folder

    def machine(self) -> Machine:
        """Return a machine that nobody has used."""
        self.machines += 1
        return Machine(self.folder / f"machine-{self.machines}")

    def github(self, event: dict[str, str] | None = None) -> github.GitHubJob:
        """Return a run of GitHub's workflow, in a checkout of its own."""
        workspace = self.forge.checkout(f"workspace-{self.machines}")
        workflow = github.read_workflow((workspace / pipelines.GITHUB_APPLY).read_text())
        secrets = {"secrets.RECONCILER_AGE_IDENTITY": str(self.identity)}
        return github.GitHubJob(
            self.machine(), workspace, workflow, "apply", secrets, event or github.scheduled()
        )

    def gitlab(self, pipeline: dict[str, Any]) -> gitlab.GitLabJob:
        """Return a run of GitLab's job; the runner leaves a commit checked out, and no branch."""
        workspace = self.forge.checkout(f"workspace-{self.machines}")
        git(workspace, "checkout", "--quiet", "--detach")
        git(workspace, "branch", "--delete", "--force", "main")
        variables = gitlab.scheduled() | {"RECONCILER_AGE_IDENTITY": str(self.identity)}
        return gitlab.GitLabJob(self.machine(), workspace, pipeline, "reconciler-apply", variables)

    def saved(self) -> list[str]:
        """Return the certificates that the forge has."""
        return [
            name
            for name in self.forge.files()
            if name.startswith("certs/") and name.endswith("/fullchain.pem")
        ]

    def nothing_in_clear(self) -> None:
        """See that no private key has ever been pushed in clear."""
        history = git(self.forge.bare, "log", "--all", "--patch", "--text", "--format=%B")
        assert "PRIVATE KEY" not in history
        assert "AGE-SECRET-KEY" not in history


@pytest.fixture
def site(tmp_path: Path, pebble: StartPebble, webroot: StartWebroot) -> Site:
    return Site(tmp_path, pebble, webroot)


def test_what_is_merged_is_ordered_and_pushed(site: Site) -> None:
    job = site.github()
    ran = job.run("Apply")
    assert ran.code == 0, ran.log
    assert site.saved() == ["certs/www/fullchain.pem"]
    assert "state/certificates/www.yaml" in site.forge.files()
    heading, _, *lines = job.summary.splitlines()
    assert heading == "## Certificates: apply"
    assert lines
    assert all(line.startswith("    ") and "\x1b" not in line for line in lines)
    assert not ran.commands
    site.nothing_in_clear()


def test_the_next_run_is_another_machine_and_finds_nothing_to_do(site: Site) -> None:
    assert site.github().run("Apply").code == 0
    head = git(site.forge.bare, "rev-parse", "main")
    job = site.github()
    ran = job.run("Apply")
    assert ran.code == 0, ran.log
    assert git(site.forge.bare, "rev-parse", "main") == head
    assert site.saved() == ["certs/www/fullchain.pem"]


def test_what_waits_for_people_does_not_fail_the_scheduled_job(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot
) -> None:
    site = Site(tmp_path, pebble, webroot, by_hand=True)
    ran = site.github().run("Apply")
    assert ran.code == 0, ran.log
    assert [command.split("::")[1] for command in ran.commands] == ["notice title=Certificates wait"]
    # The order is on the forge, so that whoever comes next goes on with it.
    assert [name for name in site.forge.files() if name.startswith("state/orders/")]
    site.nothing_in_clear()


def test_a_denied_certificate_fails_the_job_and_the_others_are_done(site: Site) -> None:
    site.forge.push({"certificates/shop.yaml": "role: web\nidentifiers: [shop.example.org]\n"})
    ran = site.github().run("Apply")
    assert ran.code == 5, ran.log
    assert site.saved() == ["certs/www/fullchain.pem"]


def test_an_invalid_tree_fails_the_job_and_nothing_is_pushed(site: Site) -> None:
    head = site.forge.push({"certificates/shop.yaml": "role: nobody\n"})
    ran = site.github().run("Apply")
    assert ran.code == 5, ran.log
    assert git(site.forge.bare, "rev-parse", "main") == head


def test_a_commit_that_came_meanwhile_is_kept(site: Site) -> None:
    job = site.github()
    site.forge.push({"README.md": "pushed by somebody while the job was starting\n"})
    ran = job.run("Apply")
    assert ran.code == 0, ran.log
    assert site.saved() == ["certs/www/fullchain.pem"]
    assert site.forge.show("README.md") == "pushed by somebody while the job was starting"


@pytest.mark.parametrize("pipeline", [GITLAB, gitlab.component(package=PACKAGE)], ids=["init", "component"])
def test_gitlab_orders_and_pushes(site: Site, pipeline: dict[str, Any]) -> None:
    ran = site.gitlab(pipeline).run()
    assert ran.code == 0, ran.log
    assert site.saved() == ["certs/www/fullchain.pem"]
    site.nothing_in_clear()


def test_what_waits_is_a_warning_in_gitlab(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot
) -> None:
    site = Site(tmp_path, pebble, webroot, by_hand=True)
    job = site.gitlab(GITLAB)
    ran = job.run()
    assert ran.code == 3, ran.log
    assert ran.code in job.job["allow_failure"]["exit_codes"]


def test_the_action_applies_what_was_planned(site: Site) -> None:
    machine, plan = site.machine(), str(site.folder / "saved.json")
    workspace = site.forge.checkout("workspace-action")
    planned = action(machine, workspace, plan_file=plan, base="")
    planned.variables = github.scheduled()
    assert planned.run("Run").code == 0
    applied = action(machine, workspace, command="apply", plan_file=plan)
    applied.variables = github.scheduled()
    machine.extra["RECONCILER_AGE_IDENTITY"] = str(site.identity)
    ran = applied.run("Run")
    assert ran.code == 0, ran.log
    assert site.saved() == ["certs/www/fullchain.pem"]
    assert applied.outputs["exit-code"] == "0"


def test_the_action_does_not_apply_a_stale_plan(site: Site) -> None:
    machine, plan = site.machine(), str(site.folder / "saved.json")
    workspace = site.forge.checkout("workspace-action")
    planned = action(machine, workspace, plan_file=plan)
    planned.variables = github.scheduled()
    assert planned.run("Run").code == 0
    assert site.github().run("Apply").code == 0
    applied = action(machine, site.forge.checkout("workspace-later"), command="apply", plan_file=plan)
    applied.variables = github.scheduled()
    machine.extra["RECONCILER_AGE_IDENTITY"] = str(site.identity)
    head = git(site.forge.bare, "rev-parse", "main")
    ran = applied.run("Run")
    assert ran.code == 6, ran.log
    assert [command.split("::")[1] for command in ran.commands] == ["error title=The saved plan is stale"]
    assert git(site.forge.bare, "rev-parse", "main") == head


def test_a_project_access_token_pushes_in_gitlab(site: Site) -> None:
    with GitServer(site.folder, "glpat-secret") as server:
        job = site.gitlab(GITLAB)
        job.variables |= {"CI_PROJECT_URL": f"{server.url}/forge", "RECONCILER_PUSH_TOKEN": "glpat-secret"}
        ran = job.run()
        assert ran.code == 0, ran.log
        assert set(server.users) == {"reconciler"}
    assert site.saved() == ["certs/www/fullchain.pem"]
    assert "glpat-secret" not in ran.log
    assert "glpat-secret" not in (job.workspace / ".git/config").read_text()


def test_the_token_that_the_checkout_keeps_pushes_in_github(site: Site) -> None:
    with GitServer(site.folder, "ghs_secret") as server:
        job = site.github()
        # As actions/checkout leaves it: in a file of its own, for this checkout only.
        header = base64.b64encode(b"x-access-token:ghs_secret").decode()
        credentials = job.temp / "git-credentials.config"
        credentials.write_text(f'[http "{server.url}/"]\n\textraheader = AUTHORIZATION: basic {header}\n')
        git(job.workspace, "config", f"includeIf.gitdir:{job.workspace}/.git.path", str(credentials))
        git(job.workspace, "remote", "set-url", "origin", f"{server.url}/forge.git")
        ran = job.run("Apply")
        assert ran.code == 0, ran.log
        assert set(server.users) == {"x-access-token"}
    assert site.saved() == ["certs/www/fullchain.pem"]
    assert header not in ran.log


def test_a_token_that_may_not_push_fails_and_the_certificate_is_not_lost(site: Site) -> None:
    with GitServer(site.folder, "another") as server:
        job = site.gitlab(GITLAB)
        job.variables |= {"CI_PROJECT_URL": f"{server.url}/forge", "RECONCILER_PUSH_TOKEN": "glpat-secret"}
        ran = job.run()
    assert ran.code == 1, ran.log
    assert "glpat-secret" not in ran.log
    # Nothing was ordered before the state could be shared: there is nothing to lose.
    assert site.saved() == []
    assert not list(job.workspace.glob("state/orders/*"))
