"""What a branch changes against another, and what was due anyway: in real repositories."""

from __future__ import annotations

import datetime as dt
import subprocess
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.cli.comparing import compare_with
from reconciler.cli.workspace import open_trusted
from reconciler.errors import InvalidTreeError, RepositoryError
from reconciler.model.desired import Desired
from reconciler.provenance.base_tree import read_tree
from reconciler.provenance.repository import Repository
from reconciler.tree import load_tree
from tests.provenance.git_tree import GitTree
from tests.unit.pki.csrs import csr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from reconciler.cli.workspace import Workspace
    from reconciler.model.finding import Finding
    from reconciler.plan.actions import Action, Plan
    from reconciler.plan.comparison import Comparison
    from tests.acceptance.conftest import RunProgram
    from tests.provenance.git_tree import Person

_ROLE = "acme_account_name: ca\nallowed_domains: [example.com]\nallowed_domain_options: [subdomains]\n"


@pytest.fixture
def plain(tree: GitTree) -> GitTree:
    """Return the tree on a branch that began where main has one certificate; no policy is trusted."""
    tree.write("reconciler.yaml", "{}\n")
    tree.write("roles/any.yaml", _ROLE)
    tree.request("old", "old.example.com", role="any")
    # A history of its own, that has never named a trusted ref.
    tree.git("checkout", "--quiet", "--orphan", "fresh")
    tree.commit(message="all of it")
    tree.git("branch", "--force", "main")
    tree.publish()
    tree.branch("topic")
    return tree


def _look(tree: GitTree, ref: str = "origin/main") -> tuple[Comparison, tuple[Finding, ...]]:
    workspace = open_trusted(tree.root)
    now = dt.datetime.now(dt.UTC)
    observed = workspace.observe()

    def make(each: Workspace) -> Plan:
        return each.plan(now, observed)

    return compare_with(ref, workspace, make(workspace), make)


def _compare(tree: GitTree, ref: str = "origin/main") -> Comparison:
    comparison, warnings = _look(tree, ref)
    assert not warnings
    return comparison


def _orders(actions: Iterable[Action]) -> list[str]:
    return [each.subject for each in actions if each.kind == "create_order"]


def test_what_is_new_on_the_branch_and_what_was_due(plain: GitTree) -> None:
    plain.request("new", "new.example.com", role="any")
    plain.commit()
    found = _compare(plain)
    assert _orders(found.changed.actions) == ["new"]
    assert [each.kind for each in found.due.actions] == ["register_account", "create_order"]
    assert _orders(found.due.actions) == ["old"]
    assert not found.undone
    assert found.commit == plain.git("rev-parse", "main")


def test_a_request_that_is_not_committed_is_the_branchs_too(plain: GitTree) -> None:
    plain.request("new", "new.example.com", role="any")
    plain.request("old", "other.example.com", role="any")
    found = _compare(plain, "HEAD")
    assert _orders(found.changed.actions) == ["new", "old"]
    assert _orders(found.undone) == ["old"]


def test_what_the_other_branch_did_meanwhile_is_not_held_against_this_one(plain: GitTree) -> None:
    plain.request("new", "new.example.com", role="any")
    plain.commit()
    plain.switch("main")
    plain.request("meanwhile", "meanwhile.example.com", role="any")
    plain.request("old", "other.example.com", role="any")
    plain.commit()
    plain.publish()
    plain.switch("topic")
    found = _compare(plain)
    assert (_orders(found.changed.actions), _orders(found.due.actions)) == (["new"], ["old"])
    assert not found.undone


def test_the_merge_that_a_forge_makes_is_compared_with_the_branch_it_goes_into(plain: GitTree) -> None:
    plain.request("new", "new.example.com", role="any")
    plain.commit()
    plain.switch("main")
    plain.request("meanwhile", "meanwhile.example.com", role="any")
    plain.commit()
    plain.publish()
    plain.git("checkout", "--quiet", "--detach", "main")
    plain.merge("topic")
    found = _compare(plain)
    assert _orders(found.changed.actions) == ["new"]
    assert _orders(found.due.actions) == ["meanwhile", "old"]


def test_a_comment_in_a_file_changes_nothing(plain: GitTree) -> None:
    text = (plain.root / "certificates/old.yaml").read_text()
    plain.write("certificates/old.yaml", f"# Ours.\n\n{text}")
    plain.write("roles/any.yaml", f"# Theirs.\n{_ROLE}")
    plain.commit()
    assert not _compare(plain).changed.has_changes


def test_a_denial_is_the_branchs_only_if_it_is_new(plain: GitTree) -> None:
    plain.switch("main")
    plain.request("bad", "bad.test", role="any")
    plain.commit()
    plain.publish()
    plain.branch("second")
    plain.request("worse", "worse.test", role="any")
    plain.commit()
    found = _compare(plain)
    assert found.changed.denied_certificates == ("worse",)
    assert found.due.denied_certificates == ("bad",)
    assert [each.location.path for each in found.changed.denied] == ["certificates/worse.yaml"]


@pytest.mark.parametrize(
    "ref", ["origin/main", "main", "refs/heads/main", "refs/remotes/origin/main", "{hash}", "{short}"]
)
def test_ways_to_name_it(plain: GitTree, program: RunProgram, ref: str) -> None:
    commit = plain.git("rev-parse", "main")
    plain.request("new", "new.example.com", role="any")
    plain.commit()
    ran = program("plan", "--base", ref.format(hash=commit, short=commit[:9]))
    assert ran.code == 0
    changed, _, due = ran.out.partition("Due anyway")
    assert "new.example.com" in changed
    assert "old.example.com" not in changed
    assert "old.example.com" in due


def test_programs_get_it_too(plain: GitTree, program: RunProgram) -> None:
    plain.request("old", "other.example.com", role="any")
    plain.commit()
    ran = program("plan", "--base", "main", "--format", "json")
    comparison = ran.document["comparison"]
    assert comparison["commit"] == plain.git("rev-parse", "main")
    assert [each["name"] for each in comparison["changed"]["actions"]] == ["old"]
    assert [each["name"] for each in comparison["due"]["actions"]] == ["ca"]
    assert [each["name"] for each in comparison["undone"]] == ["old"]


def test_a_branch_of_the_remote_goes_before_a_tag_or_branch_that_looks_like_it(plain: GitTree) -> None:
    plain.request("new", "new.example.com", role="any")
    plain.commit()
    plain.git("remote", "add", "origin", "https://forge.test/tree.git")
    plain.git("branch", "origin/main")
    plain.git("tag", "origin/main")
    assert _orders(_compare(plain).changed.actions) == ["new"]


def test_the_environment_names_it(
    plain: GitTree, program: RunProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_BASE", "origin/main")
    assert "Due anyway" in program("plan").out
    monkeypatch.setenv("RECONCILER_BASE", "")
    assert "Due anyway" not in program("plan").out


@pytest.mark.parametrize(
    "ref",
    ["--output=x", "-", "", "a..b", "main~1", "main^", "@{-1}", ":/x", "main:roles", "a b", "a\nb", "../x"],
)
def test_an_option_or_an_expression_is_no_name(plain: GitTree, program: RunProgram, ref: str) -> None:
    ran = program("plan", f"--base={ref}")
    assert (ran.code, ran.out) == (64, "")
    assert "cannot be the name of a branch" in ran.err
    assert plain.git("status", "--porcelain") == ""


@pytest.mark.parametrize("ref", ["origin/other", "f00dfeed", "refs/pull/1/head", "roles/any.yaml"])
def test_a_name_that_is_not_here_is_to_be_fetched(plain: GitTree, program: RunProgram, ref: str) -> None:
    assert plain.head
    ran = program("plan", "--base", ref)
    assert ran.code == 1
    assert f"there is no branch or commit `{ref}` in this clone; fetch it" in ran.err


def test_a_shallow_clone_says_how_deep_to_fetch(
    plain: GitTree, program: RunProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain.request("new", "new.example.com", role="any")
    plain.commit()
    clone = plain.root.with_name("clone")
    plain.git("clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{plain.root}", str(clone))
    monkeypatch.chdir(clone)
    ran = program("plan", "--base", "origin/main")
    assert ran.code == 1
    assert "the clone is shallow" in ran.err
    assert "fetch-depth: 0" in ran.err


def test_histories_with_nothing_in_common_cannot_be_compared(plain: GitTree) -> None:
    plain.git("checkout", "--quiet", "--orphan", "other")
    plain.commit()
    with pytest.raises(RepositoryError, match="HEAD has no commit in common with `main`"):
        _compare(plain, "main")


def test_without_a_repository_there_is_nothing_to_compare_with(
    plain: GitTree, program: RunProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = plain.root.with_name("outside")
    plain.git("archive", "--output", str(outside.with_suffix(".tar")), "HEAD")
    outside.mkdir()
    subprocess.run(["tar", "-xf", outside.with_suffix(".tar"), "-C", outside], check=True)
    monkeypatch.chdir(outside)
    ran = program("plan", "--base", "main")
    assert ran.code == 1
    assert "the tree is in no Git repository" in ran.err


def test_where_there_was_no_tree_yet_everything_is_the_branchs(tmp_path: Path) -> None:
    tree = GitTree(tmp_path / "young")
    tree.write("README", "soon\n")
    tree.commit()
    tree.publish()
    tree.branch("topic")
    tree.write("reconciler.yaml", "{}\n")
    tree.write("accounts/ca.yaml", "directory_url: https://ca.test/directory\n")
    tree.write("roles/any.yaml", _ROLE)
    tree.request("new", "new.example.com", role="any")
    tree.commit()
    found = _compare(tree)
    assert _orders(found.changed.actions) == ["new"]
    assert not found.due.has_changes
    assert not found.undone


def test_a_base_with_errors_is_a_warning_and_everything_is_the_branchs(plain: GitTree) -> None:
    plain.switch("main")
    plain.write("certificates/broken.yaml", "role: nobody\nidentifiers: [x.example.com]\n")
    plain.commit()
    plain.publish()
    plain.branch("mended")
    plain.write("certificates/broken.yaml", None)
    plain.commit()
    found, warnings = _look(plain)
    assert _orders(found.changed.actions) == ["old"]
    assert not found.due.has_changes
    [warning] = warnings
    assert (warning.code, warning.severity) == ("base-invalid", "warning")
    assert "has 1 error(s), so everything counts as changed by this branch" in warning.message
    assert "certificates/broken.yaml:1:7: " in warning.message


def test_under_a_trusted_ref_its_policy_judges_both(tree: GitTree, program: RunProgram) -> None:
    tree.request("www", "www.example.com", role="web")
    tree.commit()
    tree.publish()
    tree.branch("topic")
    wider = "acme_account_name: ca\nallowed_domains: [www.example.com, shop.example.com]\n"
    tree.write("roles/web.yaml", wider)
    tree.request("shop", "shop.example.com", role="web")
    tree.commit()
    found = _compare(tree)
    assert found.changed.denied_certificates == ("shop",)
    assert _orders(found.due.actions) == ["www"]
    assert not found.changed.has_changes
    assert program("plan", "--base", "origin/main").code == 5


def test_a_policy_that_the_branch_narrows_undoes_what_was_due(tree: GitTree) -> None:
    tree.request("www", "www.example.com", role="web")
    tree.commit()
    tree.publish()
    tree.branch("topic")
    tree.write("roles/web.yaml", "acme_account_name: ca\nallowed_domains: [api.example.com]\n")
    tree.commit()
    found = _compare(tree)
    assert found.changed.denied_certificates == ("www",)
    assert _orders(found.undone) == ["www"]


def test_who_asked_is_looked_up_for_both(tree: GitTree, alice: Person, mallory: Person) -> None:
    tree.request("laptop", "laptop.alice.users.example.com")
    tree.commit(alice)
    tree.request("phone", "phone.alice.users.example.com")
    tree.commit(mallory)
    tree.publish()
    tree.branch("topic")
    tree.request("desktop", "desktop.alice.users.example.com")
    tree.commit(alice)
    found = _compare(tree)
    assert _orders(found.changed.actions) == ["desktop"]
    assert _orders(found.due.actions) == ["laptop"]
    assert found.due.denied_certificates == ("phone",)
    assert not found.changed.denied


def _provider(tree: GitTree, server: str) -> None:
    tree.write(
        "dns-providers/corp.yaml",
        f"type: rfc2136\nidentifiers: ['*']\nnameserver: {server}\n",
    )


def _by_request(tree: GitTree, name: str) -> None:
    tree.write("requests/host.csr", csr(f"{name}.example.com"))


def _chooses(tree: GitTree) -> None:
    _provider(tree, "192.0.2.1:53")
    tree.request("team/chosen", "c.example.com", role="any", more="fulfillment: {dns-01: corp}\n")


def _asks_by_request(tree: GitTree) -> None:
    _by_request(tree, "one")
    tree.write("certificates/host.yaml", "role: any\ncsr_file: ../requests/host.csr\n")


def _as_json(tree: GitTree) -> None:
    tree.write("certificates/old.yaml", None)
    tree.write("certificates/old.json", '{"role": "any", "identifiers": ["old.example.com"]}')


def _link(tree: GitTree) -> None:
    tree.request("linked", "linked.example.com", role="any")
    (tree.root / "shared").mkdir()
    (tree.root / "certificates/linked.yaml").rename(tree.root / "shared/linked.yaml")
    (tree.root / "certificates/linked.yaml").symlink_to("../shared/linked.yaml")
    (tree.root / "certificates/squad").symlink_to("../shared")


_CHANGES: dict[str, tuple[Callable[[GitTree], None], Callable[[GitTree], None]]] = {
    "nothing": (lambda _: None, lambda _: None),
    "a certificate": (lambda _: None, lambda tree: tree.request("old", "o.example.com", role="any")),
    "removed": (lambda _: None, lambda tree: tree.write("certificates/old.yaml", None)),
    "the role": (lambda _: None, lambda tree: tree.write("roles/any.yaml", f"{_ROLE}max_identifiers: 3\n")),
    "renewal": (lambda _: None, lambda tree: tree.write("reconciler.yaml", "renew: {before: 10d}\n")),
    "renewal before": (
        lambda tree: tree.write("reconciler.yaml", "renew: {before: 10d}\n"),
        lambda tree: tree.write("reconciler.yaml", "{}\n"),
    ),
    "provider": (lambda tree: _provider(tree, "192.0.2.1:53"), lambda tree: _provider(tree, "192.0.2.2:53")),
    "provider that is chosen": (
        _chooses,
        lambda tree: tree.write("certificates/old.yaml", None),
    ),
    "request": (_asks_by_request, lambda tree: _by_request(tree, "two")),
    "links": (_link, lambda tree: tree.request("old", "o.example.com", role="any")),
    "another form": (lambda _: None, _as_json),
}


@pytest.mark.parametrize("change", _CHANGES)
def test_a_tree_is_the_same_whether_it_is_read_again_or_taken_from_the_files(
    plain: GitTree, change: str
) -> None:
    before, after = _CHANGES[change]
    plain.request("team/other", "other.example.com", role="any", more="renew: {before: 5d}\n")
    before(plain)
    commit = plain.commit()
    there = load_tree(plain.root)
    after(plain)
    repository = Repository.find(plain.root)
    assert repository is not None
    files = load_tree(plain.root)
    taken = read_tree(repository, commit, "base", plain.root, files)
    again = read_tree(repository, commit, "base", plain.root, Desired())
    # Of what is taken from the files the warnings are theirs.
    assert replace(taken, warnings=()) == replace(again, warnings=()) == replace(there, warnings=())
    for read in (taken, again):
        own = {name: each.renew is read.settings.renew for name, each in read.certificates.items()}
        assert own.get("old", True)
        assert not own["team/other"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda tree: tree.request("OLD", "b.example.com", role="any"), "case-collision"),
        (lambda tree: (tree.root / "certificates/out.yaml").symlink_to("/etc/passwd"), "link-out-of-tree"),
        (lambda tree: (tree.root / "certificates/up.yaml").symlink_to("../../x.yaml"), "broken-link"),
        (lambda tree: (tree.root / "roles/loop.yaml").symlink_to("loop.yaml"), "broken-link"),
        (lambda tree: tree.write("certificates/big.yaml", "#" * (100 << 20)), "too-large"),
        (lambda tree: tree.write("certificates/text.yaml", "role: \0\n"), "control-character"),
        (lambda tree: tree.write("roles/any.yaml", f"{_ROLE}allowed_challenge_types: [http-02]\n"), None),
        (lambda tree: tree.write("roles/any.yaml", None), "unknown-reference"),
        (
            lambda tree: tree.request("c", "c.example.com", role="any", more="fulfillment: {dns-01: no}\n"),
            "unknown-reference",
        ),
    ],
    ids=["case", "out of the tree", "up", "loop", "100 MB", "not text", "role", "no role", "no provider"],
)
def test_hostile_trees_give_findings(
    plain: GitTree, change: Callable[[GitTree], None], code: str | None
) -> None:
    change(plain)
    plain.commit()
    plain.git("tag", "hostile")
    plain.git("reset", "--quiet", "--hard", "main")
    repository = Repository.find(plain.root)
    assert repository is not None
    commit = repository.commit("refs/tags/hostile")
    assert commit is not None
    with pytest.raises(InvalidTreeError) as raised:
        read_tree(repository, commit, "base", plain.root, load_tree(plain.root))
    if code is not None:
        assert code in {each.code for each in raised.value.findings}


def test_submodules_and_large_files_that_nobody_names_are_not_read(plain: GitTree) -> None:
    plain.git("update-index", "--add", "--cacheinfo", f"160000,{plain.head},certificates/module")
    plain.git("commit", "--quiet", "-m", "a submodule")
    plain.write("certificates/README", "x" * (50 << 20))
    plain.git("add", "certificates/README")
    plain.git("commit", "--quiet", "-m", "large")
    repository = Repository.find(plain.root)
    assert repository is not None
    base = read_tree(repository, plain.head, "base", plain.root, Desired())
    assert base.certificates.keys() == {"old"}
    assert replace(base, warnings=()) == replace(load_tree(plain.root), warnings=())
