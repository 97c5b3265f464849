"""Which policy counts when a pull request is planned, and at apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.cli.workspace import open_trusted
from reconciler.errors import InvalidTreeError, RepositoryError
from reconciler.model.account import SecretReference
from reconciler.model.dns_provider import Rfc2136
from tests.provenance.git_tree import POLICY, GitTree
from tests.provenance.outcomes import apply_plan, evidence, requesters

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram
    from tests.provenance.git_tree import Person

_WIDER = (
    "acme_account_name: ca\nallowed_domains: [www.example.com, shop.example.com]\n"
    "allowed_domain_options: [bare_domains]\n"
)


def _widen(tree: GitTree) -> None:
    tree.write("roles/web.yaml", _WIDER)
    tree.request("shop", "shop.example.com", role="web")


def test_a_pull_request_cannot_allow_itself_a_name(tree: GitTree, program: RunProgram) -> None:
    _widen(tree)
    tree.commit()
    found = requesters(program)["shop"]
    assert "the role `web` at origin/main does not allow `shop.example.com`" in found
    assert "in this tree it is allowed; merge the change of the policy first" in found


def test_it_is_allowed_once_the_policy_is_merged(tree: GitTree, program: RunProgram) -> None:
    tree.write("roles/web.yaml", _WIDER)
    tree.commit()
    tree.publish()
    tree.request("shop", "shop.example.com", role="web")
    tree.commit()
    assert requesters(program) == {"shop": "nobody"}
    tree.publish()
    assert requesters(program) == {"shop": "nobody"}
    assert not apply_plan(tree).denied


def test_plan_on_the_trusted_branch_says_what_apply_does(tree: GitTree, program: RunProgram) -> None:
    _widen(tree)
    tree.commit()
    tree.publish()
    assert "from the next commit on this branch" in requesters(program)["shop"]
    assert len(apply_plan(tree).denied) == 1
    tree.commit()
    tree.publish()
    assert requesters(program) == {"shop": "nobody"}
    assert not apply_plan(tree).denied


def test_a_commit_of_the_state_is_nobodys_leave(tree: GitTree, program: RunProgram) -> None:
    """What `apply --commit` pushes comes after the policy, and after a request that came with it."""
    _widen(tree)
    tree.commit()
    for number in range(3):
        tree.write("state/meta.yaml", f"format_version: 1\nlineage: '{number}'\n")
        tree.write("certs/www/cert.pem", str(number))
        tree.commit()
    tree.publish()
    assert "from the next commit on this branch" in requesters(program)["shop"]
    assert len(apply_plan(tree).denied) == 1
    tree.write("README.md", "a commit of people")
    tree.commit()
    tree.write("state/meta.yaml", "format_version: 1\nlineage: '4'\n")
    tree.commit()
    tree.publish()
    assert requesters(program) == {"shop": "nobody"}
    assert not apply_plan(tree).denied


def test_a_policy_that_is_not_committed_yet_is_no_policy(tree: GitTree, program: RunProgram) -> None:
    _widen(tree)
    found = requesters(program)["shop"]
    assert f"at commit {tree.head[:12]} does not allow" in found
    assert "in this tree it is allowed; merge the change of the policy first" in found


def test_a_policy_that_the_pull_request_narrows_denies_as_well(tree: GitTree, program: RunProgram) -> None:
    tree.request("www", "www.example.com", role="web")
    tree.write("roles/web.yaml", "acme_account_name: ca\nallowed_domains: [api.example.com]\n")
    tree.commit()
    found = requesters(program)["www"]
    assert "the role `web` in this tree does not allow `www.example.com`" in found
    assert "merge the change" not in found


def test_a_role_that_the_pull_request_adds_has_to_be_merged_first(tree: GitTree, program: RunProgram) -> None:
    tree.write("roles/new.yaml", "acme_account_name: ca\nallowed_domains: [new.example.com]\n")
    tree.request("new", "new.example.com", role="new")
    tree.commit()
    assert "there is no role `new` at origin/main" in requesters(program)["new"]


@pytest.mark.parametrize(
    ("field", "value", "certificate", "code"),
    [
        ("allowed_challenge_types", "[http-01, dns-01]", "challenge_type: dns-01", "challenge-not-allowed"),
        ("max_identifiers", "2", "", "too-many-identifiers"),
        ("allowed_profiles", "[classic, shortlived]", "profile: shortlived", "profile-not-allowed"),
    ],
)
def test_a_pull_request_cannot_lift_another_limit(
    tree: GitTree, program: RunProgram, field: str, value: str, certificate: str, code: str
) -> None:
    strict = {"allowed_challenge_types": "[http-01]", "max_identifiers": "1", "allowed_profiles": "[classic]"}
    role = "acme_account_name: ca\nallowed_domains: [a.example.com, b.example.com]\n"
    tree.write("roles/web.yaml", f"{role}{field}: {strict[field]}\n")
    tree.commit()
    tree.publish()
    tree.write("roles/web.yaml", f"{role}{field}: {value}\n")
    tree.request("two", "a.example.com", "b.example.com", role="web", more=certificate)
    tree.commit()
    ran = program("plan", "--format", "json")
    assert [finding["code"] for finding in ran.document["denied"]] == [code]
    assert ran.code == 5
    tree.publish()
    tree.commit()
    tree.publish()
    assert requesters(program) == {"two": "nobody"}


def test_accounts_and_settings_are_those_of_the_trusted_ref(tree: GitTree, program: RunProgram) -> None:
    tree.write("accounts/ca.yaml", "directory_url: https://evil.test/directory\n")
    tree.write("reconciler.yaml", "trusted_ref: origin/main\nstate: elsewhere\n")
    tree.request("www", "www.example.com", role="web")
    tree.commit()
    document = program("plan", "--format", "json").document
    [account] = [each for each in document["actions"] if each["action"] == "register_account"]
    assert account["directory_url"] == "https://ca.test/directory"
    assert open_trusted(tree.root).desired.settings.state == "state"


_PROVIDER = """\
type: rfc2136
identifiers: [users.example.com]
nameserver: {server}
tsig_key_name: key
tsig_secret: {{env: {variable}}}
"""


def test_a_pull_request_cannot_send_a_secret_to_another_server(tree: GitTree) -> None:
    tree.write("dns-providers/ours.yaml", _PROVIDER.format(server="192.0.2.1", variable="TSIG_SECRET"))
    tree.commit()
    tree.publish()
    tree.write("dns-providers/ours.yaml", _PROVIDER.format(server="203.0.113.66", variable="CA_KEY"))
    tree.write("dns-providers/evil.yaml", _PROVIDER.format(server="203.0.113.66", variable="TSIG_SECRET"))
    tree.commit()
    providers = open_trusted(tree.root).desired.dns_providers
    assert list(providers) == ["ours"]
    service = providers["ours"].service
    assert isinstance(service, Rfc2136)
    assert service.nameserver == "192.0.2.1"
    assert service.tsig_secret == SecretReference(env="TSIG_SECRET")


def test_a_pull_request_cannot_choose_a_program_to_run(tree: GitTree) -> None:
    tree.write("reconciler.yaml", "trusted_ref: origin/main\nchallenges: {dns-01: {exec: [./evil]}}\n")
    tree.commit()
    assert not open_trusted(tree.root).desired.settings.challenges


def test_a_pull_request_cannot_choose_another_trusted_ref(
    tree: GitTree, mallory: Person, program: RunProgram
) -> None:
    tree.write("reconciler.yaml", "trusted_ref: origin/evil\n")
    _widen(tree)
    tree.commit(mallory)
    tree.git("update-ref", "refs/remotes/origin/evil", "HEAD")
    assert "at origin/main does not allow" in requesters(program)["shop"]
    tree.commit(mallory)
    assert "at origin/main does not allow" in requesters(program)["shop"]


@pytest.mark.parametrize("commits", [1, 2, 3])
def test_a_pull_request_cannot_drop_the_trusted_ref(
    tree: GitTree, mallory: Person, program: RunProgram, commits: int
) -> None:
    tree.write("reconciler.yaml", "{}\n")
    for _ in range(commits):
        tree.commit(mallory)
    _widen(tree)
    assert "at origin/main does not allow" in requesters(program)["shop"]
    tree.commit(mallory)
    assert "at origin/main does not allow" in requesters(program)["shop"]


def test_a_trusted_ref_that_was_dropped_and_merged_is_none(tree: GitTree, program: RunProgram) -> None:
    tree.write("reconciler.yaml", "{}\n")
    tree.commit()
    tree.publish()
    # As with any change of the policy, that of the commit before still counts.
    _widen(tree)
    assert "does not allow" in requesters(program)["shop"]
    tree.commit()
    tree.publish()
    assert requesters(program) == {"shop": "nobody"}


def test_a_trusted_branch_that_moved_is_the_new_one(tree: GitTree, program: RunProgram) -> None:
    tree.write("reconciler.yaml", "trusted_ref: origin/trunk\n")
    tree.commit()
    tree.git("update-ref", "refs/remotes/origin/trunk", "HEAD")
    tree.git("update-ref", "-d", "refs/remotes/origin/main")
    _widen(tree)
    tree.commit()
    assert "at origin/trunk does not allow" in requesters(program)["shop"]


def test_the_trusted_ref_in_another_spelling_is_the_same(tree: GitTree, program: RunProgram) -> None:
    tree.write("reconciler.yaml", "trusted_ref: refs/remotes/origin/main\n")
    _widen(tree)
    tree.commit()
    assert "does not allow `shop.example.com`" in requesters(program)["shop"]


def test_a_local_branch_is_not_the_branch_of_the_remote(tree: GitTree, program: RunProgram) -> None:
    _widen(tree)
    tree.commit()
    tree.git("remote", "add", "origin", "https://forge.test/tree.git")
    tree.git("branch", "origin/main")
    assert "at origin/main does not allow" in requesters(program)["shop"]
    tree.git("update-ref", "-d", "refs/remotes/origin/main")
    ran = program("plan")
    assert "there is no branch `origin/main` in this clone" in ran.err


def test_what_is_not_merged_is_not_applied(tree: GitTree) -> None:
    tree.request("www", "www.example.com", role="web")
    head = tree.commit()
    with pytest.raises(RepositoryError, match=f"{head[:12]} is not on `origin/main`"):
        apply_plan(tree)


def test_the_status_can_be_seen_on_any_branch(tree: GitTree, program: RunProgram) -> None:
    _widen(tree)
    tree.commit()
    rows = program("status", "--format", "json").document["certificates"]
    assert {each["name"]: each["denied"] for each in rows}["shop"] is True


def test_a_pipeline_can_trust_a_branch_that_no_settings_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: RunProgram
) -> None:
    tree = _untrusting(tmp_path / "plain", monkeypatch)
    assert requesters(program) == {}
    _widen(tree)
    assert requesters(program) == {"shop": "nobody"}
    assert "at commit" in requesters(program, "--trusted-ref=origin/main")["shop"]
    tree.commit()
    ran = program("apply", "--trusted-ref=origin/main")
    assert ran.code == 1
    assert "only what is merged there is applied" in ran.err


def test_the_first_commit_with_a_tree_needs_no_policy_before_it(tree: GitTree) -> None:
    tree.git("checkout", "--quiet", "--orphan", "fresh")
    tree.git("rm", "--quiet", "-r", "--cached", ".")
    tree.git("-c", "commit.gpgsign=false", "commit", "--quiet", "--allow-empty", "-m", "nothing yet")
    tree.request("www", "www.example.com", role="web")
    tree.commit()
    tree.git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert not apply_plan(tree).denied


def test_a_policy_with_errors_is_skipped_for_the_one_before(tree: GitTree) -> None:
    good = (tree.root / "roles/web.yaml").read_text()
    tree.request("www", "www.example.com", role="web")
    tree.write("roles/web.yaml", "acme_account_name: gone\n")
    tree.commit()
    tree.write("roles/web.yaml", good)
    tree.commit()
    tree.publish()
    assert not apply_plan(tree).denied
    _widen(tree)
    tree.write("accounts/ca.yaml", "broken")
    tree.commit()
    tree.git("checkout", "--quiet", "HEAD~1", "--", "accounts")
    tree.commit()
    tree.publish()
    # What came with the errors is as new as what mends them.
    assert "does not allow `shop.example.com`" in apply_plan(tree).denied[0].message


def test_what_the_pipeline_trusts_wins_over_the_settings(
    tree: GitTree, program: RunProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    _widen(tree)
    tree.git("update-ref", "refs/remotes/upstream/release", "HEAD")
    tree.write("reconciler.yaml", "{}\n")
    tree.commit()
    tree.commit()
    tree.publish()
    tree.commit()
    assert requesters(program) == {"shop": "nobody"}
    assert "at upstream/release" in requesters(program, "--trusted-ref", "upstream/release")["shop"]
    monkeypatch.setenv("RECONCILER_TRUSTED_REF", "upstream/release")
    assert "at upstream/release" in requesters(program)["shop"]


def test_a_tag_with_the_name_of_the_trusted_branch_is_not_it(tree: GitTree, program: RunProgram) -> None:
    _widen(tree)
    tree.commit()
    tree.git("tag", "origin/main")
    assert "at origin/main does not allow" in requesters(program)["shop"]


def test_a_trusted_ref_that_is_not_there_is_an_error(tree: GitTree, program: RunProgram) -> None:
    ran = program("plan", "--trusted-ref", "origin/gone")
    assert ran.code == 1
    assert "there is no branch `origin/gone` in this clone; fetch it" in ran.err


def test_a_trusted_ref_without_git_is_an_error(tree: GitTree, program: RunProgram) -> None:
    (tree.root / ".git").rename(tree.root.parent / "gone.git")
    ran = program("plan")
    assert ran.code == 1
    assert "the tree is in no Git repository" in ran.err


def test_errors_in_the_trusted_policy_name_the_ref(tree: GitTree, program: RunProgram) -> None:
    good = (tree.root / "roles/web.yaml").read_text()
    tree.write("roles/web.yaml", "acme_account_name: gone\n")
    tree.commit()
    tree.publish()
    tree.write("roles/web.yaml", good)
    tree.commit()
    ran = program("plan")
    assert ran.code == 5
    assert "origin/main:roles/web.yaml:1:20" in ran.err


def test_without_a_trusted_ref_a_template_allows_nothing(
    tree: GitTree, alice: Person, program: RunProgram
) -> None:
    tree.write("reconciler.yaml", "{}\n")
    tree.git("checkout", "--quiet", "--orphan", "fresh")
    tree.request("mine", "alice.users.example.com")
    tree.commit(alice)
    found = requesters(program)["mine"]
    assert "no policy is trusted" in found
    assert "set `trusted_ref` in reconciler.yaml" in found


def test_apply_wants_policy_and_request_in_two_steps(tree: GitTree) -> None:
    _widen(tree)
    tree.commit()
    tree.publish()
    [finding] = apply_plan(tree).denied
    before = tree.git("rev-parse", "HEAD^")[:12]
    assert f"the role `web` at commit {before} does not allow `shop.example.com`" in finding.message
    assert "from the next commit on this branch" in (finding.hint or "")
    tree.commit(message="another commit")
    tree.publish()
    plan = apply_plan(tree)
    assert not plan.denied
    assert evidence(plan, "shop").policy_commit == tree.head


def test_apply_reads_the_policy_of_the_commit_and_not_of_the_files(tree: GitTree) -> None:
    _widen(tree)
    assert "does not allow `shop.example.com`" in apply_plan(tree).denied[0].message


def test_apply_of_a_first_commit_has_only_that(tree: GitTree) -> None:
    tree.request("www", "www.example.com", role="web")
    tree.git("checkout", "--quiet", "--orphan", "fresh")
    tree.commit()
    tree.git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert not apply_plan(tree).denied


def test_a_tree_in_a_folder_of_its_repository(
    tree: GitTree, alice: Person, program: RunProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tree.root / "infra" / "certs of ours"
    inner.mkdir(parents=True)
    for name in ("reconciler.yaml", "accounts", "roles", "identities"):
        (tree.root / name).rename(inner / name)
    tree.commit()
    tree.publish()
    tree.write(
        "infra/certs of ours/certificates/mine.yaml", "role: users\nidentifiers: alice.users.example.com\n"
    )
    tree.commit(alice)
    monkeypatch.chdir(inner)
    assert requesters(program) == {"mine": "alice"}


def test_policy_behind_links_is_read_from_the_commit_too(tree: GitTree, program: RunProgram) -> None:
    (tree.root / "roles/web.yaml").rename(tree.root / "shared.yaml")
    (tree.root / "roles/web.yaml").symlink_to("../shared.yaml")
    tree.commit()
    tree.publish()
    tree.write("shared.yaml", _WIDER)
    tree.request("shop", "shop.example.com", role="web")
    tree.commit()
    assert "at origin/main does not allow" in requesters(program)["shop"]


def test_a_link_of_the_policy_that_leads_out_is_an_error(tree: GitTree) -> None:
    (tree.root / "roles/web.yaml").unlink()
    (tree.root / "roles/web.yaml").symlink_to("/etc/passwd")
    tree.commit()
    tree.publish()
    tree.git("checkout", "--quiet", "HEAD~1", "--", "roles")
    with pytest.raises(InvalidTreeError) as caught:
        apply_plan(tree)
    assert [finding.code for finding in caught.value.findings] == ["link-out-of-tree"]


def test_a_shallow_clone_has_no_first_parent(tree: GitTree) -> None:
    tree.commit()
    clone = _shallow(tree)
    with pytest.raises(RepositoryError, match="git fetch --unshallow"):
        apply_plan(clone)


def test_a_shallow_clone_does_not_know_who_asked(
    tree: GitTree, alice: Person, program: RunProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.request("mine", "alice.users.example.com")
    tree.commit(alice)
    tree.commit()
    clone = _shallow(tree)
    clone.commit()
    monkeypatch.chdir(clone.root)
    found = requesters(program)["mine"]
    assert "the clone is shallow" in found
    assert "git fetch --unshallow" in found
    clone.git("fetch", "--quiet", "--unshallow", "origin")
    assert requesters(program) == {"mine": "alice"}


@pytest.mark.parametrize("target", [b"", b"a\0b", b"x" * 5000])
def test_a_link_that_no_file_system_takes_is_an_error(tree: GitTree, target: bytes) -> None:
    (tree.root / ".git/target").write_bytes(target)
    blob = tree.git("hash-object", "-w", str(tree.root / ".git/target"))
    tree.git("update-index", "--add", "--cacheinfo", f"120000,{blob},roles/odd.yaml")
    tree.git("commit", "--quiet", "--no-gpg-sign", "-m", "odd")
    tree.publish()
    with pytest.raises(RepositoryError, match=r"roles/odd.yaml cannot be read"):
        apply_plan(tree)


def _untrusting(root: Path, monkeypatch: pytest.MonkeyPatch) -> GitTree:
    """Return a tree whose history has never named a trusted ref; the program runs in it."""
    plain = GitTree(root)
    for path, text in (POLICY | {"reconciler.yaml": "{}\n"}).items():
        plain.write(path, text)
    plain.commit()
    plain.publish()
    monkeypatch.chdir(root)
    return plain


def _shallow(tree: GitTree) -> GitTree:
    clone = type(tree)(tree.root.parent / "clone")
    clone.git("remote", "add", "origin", tree.root.as_uri())
    clone.git("fetch", "--quiet", "--depth=1", "origin", "main")
    clone.git("checkout", "--quiet", "--detach", "origin/main")
    return clone


@pytest.mark.parametrize(
    "ref", ["HEAD", "main~1", "-x", "origin/main^{tree}", "refs/tags/v1", "refs/pull/1/head"]
)
def test_a_trusted_ref_must_be_a_branch(tree: GitTree, program: RunProgram, ref: str) -> None:
    ran = program("plan", f"--trusted-ref={ref}")
    assert ran.code == 64
    assert "name a protected branch" in ran.err
