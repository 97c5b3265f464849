"""A plan of a stranger's pull request is inert: it runs nothing, asks nobody, and reads no secret."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import RepositoryError
from reconciler.provenance import git
from reconciler.provenance.checkout import find_checkout
from reconciler.provenance.repository import Repository
from tests.acceptance.trees import write_certificate
from tests.provenance.git_tree import POLICY, GitTree
from tests.provenance.traps import Traps

if TYPE_CHECKING:
    from pathlib import Path

    from tests.provenance.git_tree import Person

_COMMANDS = [
    ("plan",),
    ("plan", "--base", "origin/main"),
    ("plan", "--base", "HEAD", "--format", "json"),
    ("plan", "--trusted-ref", "origin/main"),
    ("plan", "--trusted-ref", "refs/remotes/origin/main", "--base", "origin/main"),
    ("validate",),
    ("status",),
    ("role", "explain", "mine"),
]
_NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostby", "socket.sendto", "socket.bind")
_STARTS = ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.fork")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+Z?")
_PGP = (
    "-----BEGIN PGP SIGNATURE-----",
    "",
    "iHUEABYKAB0WIQQAAAAAAAAAAAAAAAAAAAAAAAAAAAUCZAAAAAAKCRAAAAAAAAAA",
    "-----END PGP SIGNATURE-----",
)


@pytest.fixture
def traps(tmp_path: Path) -> Traps:
    return Traps(tmp_path / "traps")


@pytest.fixture
def stranger(tree: GitTree, alice: Person) -> GitTree:
    """Return the tree on a branch that asks for certificates by every way, with secrets in its account."""
    tree.write(
        "accounts/ca.yaml",
        f"{POLICY['accounts/ca.yaml']}eab_kid: kid\neab_key: {{env: STOLEN_SECRET}}\n",
    )
    tree.write(
        "dns-providers/corp.yaml",
        "type: rfc2136\nidentifiers: ['*']\nnameserver: 192.0.2.1:53\ntsig_key_name: key\n"
        "tsig_secret: {file: secret.txt}\ntsig_algorithm: hmac-sha256\n",
    )
    tree.write("secret.txt", "hunter2\n")
    tree.request("mine", "laptop.alice.users.example.com")
    tree.commit(alice)
    tree.publish()
    tree.branch("topic")
    tree.request("other", "phone.alice.users.example.com")
    tree.commit(alice)
    tree.write(".gitattributes", "* diff=trap filter=trap merge=trap\n")
    tree.write(
        ".gitmodules", '[submodule "module"]\n\tpath = module\n\turl = ext::sh -c true\n\tupdate = !true\n'
    )
    tree.write("accounts/more.yaml", "directory_url: https://evil.test/\neab_kid: k\neab_key: {file: pipe}\n")
    tree.git("add", "--all")
    tree.git("update-index", "--add", "--cacheinfo", f"160000,{tree.head},module")
    tree.git("commit", "--quiet", "-m", "attributes")
    _sign_by_pgp(tree)
    # Whoever opens it waits for ever.
    os.mkfifo(tree.root / "pipe")
    return tree


def _sign_by_pgp(tree: GitTree) -> None:
    """Commit a request with a signature that makes Git ask GnuPG."""
    tree.request("third", "third.alice.users.example.com")
    tree.commit()
    raw = subprocess.run(
        ["git", "-C", tree.root, "cat-file", "commit", "HEAD"], capture_output=True, text=True, check=True
    ).stdout
    headers, _, message = raw.partition("\n\n")
    signature = "gpgsig " + "\n ".join(_PGP)
    made = subprocess.run(
        ["git", "-C", tree.root, "hash-object", "-t", "commit", "-w", "--stdin"],
        input=f"{headers}\n{signature}\n\n{message}",
        capture_output=True,
        text=True,
        check=True,
    )
    tree.git("reset", "--quiet", "--soft", made.stdout.strip())


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("diff", "main"),
        ("log", "--show-signature", "-1"),
        ("log", "-G", "x"),
        ("fetch",),
        ("cat-file", "-p", "0123456789abcdef0123456789abcdef01234567"),
        ("update-ref", "refs/heads/x", "HEAD"),
    ],
    ids=lambda command: command[0],
)
def test_the_traps_are_set(stranger: GitTree, traps: Traps, command: tuple[str, ...]) -> None:
    traps.set_in(stranger)
    (stranger.root / "roles/web.yaml").touch()
    subprocess.run(["git", "-C", stranger.root, *command], capture_output=True, check=False)
    assert traps.marks


@pytest.mark.parametrize("command", _COMMANDS, ids=" ".join)
def test_nothing_that_the_repository_names_is_run(
    stranger: GitTree, traps: Traps, command: tuple[str, ...]
) -> None:
    expected = traps.run(stranger.root, *command)
    traps.set_in(stranger)
    ran = traps.run(stranger.root, *command, STOLEN_SECRET="hunter2")
    assert traps.marks == ""
    # The traps change nothing about what is said either.
    assert (ran.code, _TIME.sub("", ran.out)) == (expected.code, _TIME.sub("", expected.out))
    assert ran.err == expected.err
    assert ran.code == (0 if command == ("validate",) else ran.code)
    if command[0] == "plan":
        assert ran.code == 5
        assert "other" in ran.out
        assert "third" in ran.out


@pytest.mark.parametrize("command", _COMMANDS, ids=" ".join)
def test_nothing_but_git_is_started_nobody_is_asked_and_no_secret_is_read(
    stranger: GitTree, traps: Traps, command: tuple[str, ...]
) -> None:
    ran = traps.run(stranger.root, *command, STOLEN_SECRET="hunter2")
    assert ran.noted("open")
    assert not ran.noted(*_NETWORK)
    for started in ran.noted(*_STARTS):
        assert started.startswith("subprocess.Popen ('git', ['git', '-C', ")
        assert "'core.hooksPath=/dev/null'" in started
    assert not [each for each in ran.noted("open") if "secret.txt" in each or "pipe" in each]
    assert not [each for each in ran.noted("env") if "STOLEN_SECRET" in each]
    assert "hunter2" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("statement", "event", "word"),
    [
        ("pathlib.Path('secret.txt').read_text()", "open", "secret.txt"),
        ("os.environ.get('STOLEN_SECRET')", "env", "STOLEN_SECRET"),
        ("os.environ['STOLEN_SECRET']", "env", "STOLEN_SECRET"),
        ("os.getenv('STOLEN_SECRET')", "env", "STOLEN_SECRET"),
        ("socket.create_connection(('127.0.0.1', 9))", "socket.connect", "127.0.0.1"),
        ("subprocess.run(['true'])", "subprocess.Popen", "true"),
        ("os.system('true')", "os.system", "true"),
    ],
)
def test_the_notes_would_show_it(
    stranger: GitTree, traps: Traps, statement: str, event: str, word: str
) -> None:
    code = f"import os, pathlib, socket, subprocess\n{statement}"
    ran = traps.run_python(stranger.root, "-P", "-c", code, STOLEN_SECRET="hunter2")
    assert [each for each in ran.noted(event) if word in each]


def test_modules_in_the_tree_are_not_imported(stranger: GitTree, traps: Traps) -> None:
    for name in ("yaml", "click", "git", "rich", "jsonschema", "sitecustomize", "usercustomize"):
        stranger.write(f"{name}.py", f"open({str(traps.mark)!r}, 'a').write(__name__)\nraise SystemExit(9)\n")
    assert traps.run(stranger.root, "plan").code == 5
    assert traps.run_python(stranger.root, "-m", "reconciler", "plan").code == 5
    assert traps.marks == ""


def test_nothing_is_run_to_see_whether_files_have_changed(stranger: GitTree, traps: Traps) -> None:
    (stranger.root / "pipe").unlink()
    assert not find_checkout(stranger.root, ()).is_modified
    traps.set_in(stranger)
    (stranger.root / "roles/web.yaml").touch()
    assert not find_checkout(stranger.root, ()).is_modified
    stranger.write("roles/web.yaml", "{}\n")
    assert find_checkout(stranger.root, ()).is_modified
    assert traps.marks == ""


@pytest.mark.parametrize(
    "command", [("plan", "--base", "origin/main"), ("plan", "--trusted-ref", "origin/main")], ids=" ".join
)
def test_a_replaced_object_changes_nothing(stranger: GitTree, traps: Traps, command: tuple[str, ...]) -> None:
    before = traps.run(stranger.root, *command)
    stranger.git("checkout", "--quiet", "--detach")
    wider = POLICY["roles/users.yaml"].replace("{{identity.entity.name}}.users.", "")
    stranger.write("roles/users.yaml", wider)
    replacement = stranger.commit()
    stranger.switch("topic")
    stranger.git("replace", "main", replacement)
    after = traps.run(stranger.root, *command)
    assert (after.code, after.out) == (before.code, before.out)


def _partial(tree: GitTree, *options: str) -> GitTree:
    """Return a clone that lacks what is not checked out; requests and settings have changed."""
    tree.write("reconciler.yaml", "trusted_ref: origin/main\nstate: records\n")
    tree.request("mine", "old.alice.users.example.com")
    tree.commit()
    tree.branch("topic")
    tree.request("mine", "new.alice.users.example.com")
    tree.write("roles/web.yaml", f"{POLICY['roles/web.yaml']}max_identifiers: 3\n")
    tree.write("reconciler.yaml", "state: records\n")
    tree.commit()
    tree.git("config", "uploadpack.allowFilter", "true")
    clone = GitTree(tree.root.with_name("clone"))
    clone.root.joinpath(".git/config").unlink()
    subprocess.run(["rm", "-r", clone.root], check=True)
    tree.git("clone", "--quiet", *options, f"file://{tree.root}", str(clone.root))
    return clone


def _objects(tree: GitTree) -> int:
    listed = subprocess.run(
        ["git", "-C", tree.root, "cat-file", "--batch-check", "--batch-all-objects"],
        env={**os.environ, "GIT_NO_LAZY_FETCH": "1"},
        capture_output=True,
        check=True,
    )
    return len(listed.stdout.splitlines())


@pytest.mark.parametrize("wanted", ["--filter=blob:none", "--filter=tree:0"])
@pytest.mark.parametrize(
    "command",
    [
        ("plan", "--base", "origin/main"),
        ("plan",),
        ("plan", "--trusted-ref", "origin/main"),
        ("status",),
    ],
    ids=" ".join,
)
def test_a_partial_clone_fetches_nothing_and_says_what_to_do(
    tree: GitTree, traps: Traps, command: tuple[str, ...], wanted: str
) -> None:
    clone = _partial(tree, wanted)
    before = _objects(clone)
    ran = traps.run(clone.root, *command)
    assert _objects(clone) == before
    assert (ran.code, ran.out) == (1, "")
    assert "the clone is partial" in ran.err
    assert "git fetch --refetch --no-filter" in ran.err
    clone.git("fetch", "--quiet", "--refetch", "--no-filter")
    assert _objects(clone) > before
    assert "partial" not in traps.run(clone.root, *command).err


def test_a_git_that_does_not_know_how_to_leave_it_is_kept_from_fetching(
    tree: GitTree, traps: Traps, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = _partial(tree, "--filter=blob:none")
    monkeypatch.setattr(git, "READING_ENVIRONMENT", {"GIT_ALLOW_PROTOCOL": "none"})
    for url in (f"ext::{traps.program} %S", f"file://{tree.root}", f"ssh://{traps.program}/x"):
        clone.git("config", "remote.origin.url", url)
        clone.git("config", "core.sshCommand", str(traps.program))
        clone.git("config", "protocol.ext.allow", "always")
        clone.git("config", "protocol.file.allow", "always")
        repository = Repository.find(clone.root)
        assert repository is not None
        commit = repository.commit("refs/remotes/origin/main")
        assert commit is not None
        with pytest.raises(RepositoryError, match="the clone is partial"):
            repository.read(commit, "reconciler.yaml")
        assert traps.marks == ""


@pytest.mark.parametrize("names", [True, False])
def test_a_folder_that_looks_like_a_repository_is_none(
    tmp_path: Path, traps: Traps, monkeypatch: pytest.MonkeyPatch, *, names: bool
) -> None:
    tree = GitTree(tmp_path / "whole")
    for path, text in POLICY.items():
        tree.write(f"pki/{path}", text)
    tree.commit()
    tree.publish()
    tree.branch("topic")
    tree.write("pki/reconciler.yaml", "{}\n" if not names else POLICY["reconciler.yaml"])
    tree.write("pki/roles/web.yaml", "acme_account_name: ca\nallowed_domains: [bank.example.com]\n")
    tree.write("pki/certificates/bank.yaml", "role: web\nidentifiers: [bank.example.com]\n")
    tree.write("pki/HEAD", "ref: refs/heads/main\n")
    tree.write("pki/refs/heads/main", f"{'12' * 20}\n")
    tree.write("pki/objects/info/x", "\n")
    tree.write(
        "pki/config",
        f"[core]\n\trepositoryformatversion = 1\n\tbare = true\n\tfsmonitor = {traps.program}\n"
        "[extensions]\n\tpartialClone = origin\n"
        f'[remote "origin"]\n\turl = ext::{traps.program} %S\n\tpromisor = true\n'
        '[protocol "ext"]\n\tallow = always\n',
    )
    tree.commit()
    monkeypatch.setenv("HOME", str(tmp_path))
    control = subprocess.run(
        ["git", "-C", tree.root / "pki", "log", "-1"], capture_output=True, text=True, check=False
    )
    assert control.returncode
    assert traps.marks
    traps.forget()
    for command in (("plan",), ("plan", "--base", "origin/main"), ("validate",), ("status",)):
        ran = traps.run(tree.root / "pki", *command)
        assert traps.marks == ""
        if command[0] == "plan":
            assert ran.code == 5
            assert "at origin/main does not allow" in " ".join(ran.out.split())


def test_variables_of_a_hook_lead_to_no_other_repository(tree: GitTree, traps: Traps, tmp_path: Path) -> None:
    other = GitTree(tmp_path / "other")
    other.commit()
    expected = traps.run(tree.root, "plan", "--base", "origin/main")
    ran = traps.run(
        tree.root,
        *("plan", "--base", "origin/main"),
        GIT_DIR=str(other.root / ".git"),
        GIT_WORK_TREE=str(other.root),
        GIT_INDEX_FILE=str(other.root / ".git/index"),
        GIT_OBJECT_DIRECTORY=str(other.root / ".git/objects"),
        GIT_EXTERNAL_DIFF=str(traps.program),
    )
    assert expected.code == 0
    assert (ran.code, ran.out, ran.err) == (expected.code, expected.out, expected.err)
    assert traps.marks == ""


def test_a_user_still_says_which_repositories_of_others_are_safe(
    tree: GitTree, traps: Traps, tmp_path: Path
) -> None:
    owned = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    ran = traps.run(tree.root, "plan", "--base", "origin/main", **owned)
    assert ran.code == 1
    assert "dubious ownership" in ran.err
    (tmp_path / ".gitconfig").write_text(f"[safe]\n\tdirectory = {tree.root}\n")
    assert traps.run(tree.root, "plan", "--base", "origin/main", **owned).code == 0


@pytest.mark.parametrize("target", ["/dev/zero", "pipe", "../../secret.txt", "huge"])
@pytest.mark.parametrize(
    "place", ["state/certificates/x.yaml", "state/accounts/x.yaml", "state/orders/x.yaml"]
)
def test_records_that_come_with_a_pull_request_are_only_read(
    stranger: GitTree, traps: Traps, place: str, target: str
) -> None:
    path = stranger.root / place
    path.parent.mkdir(parents=True)
    if target == "huge":
        path.write_text("#" * (17 << 20))
    else:
        path.symlink_to(stranger.root / "pipe" if target == "pipe" else target)
    ran = traps.run(stranger.root, "plan", "--base", "origin/main")
    assert ran.code == 1
    assert "1 record unreadable" in ran.out
    assert f"{place}: error: " in ran.out
    assert "hunter2" not in ran.out + ran.err
    assert "fault of reconciler" not in ran.err


def test_delivered_files_may_be_anything(stranger: GitTree, traps: Traps) -> None:
    (stranger.root / ".gitignore").write_text("privkey.pem\n")
    write_certificate(stranger.root, "mine")
    for name, target in {"cert.pem": "/dev/zero", "chain.pem": str(stranger.root / "pipe")}.items():
        file = stranger.root / "certs/mine" / name
        file.unlink()
        file.symlink_to(target)
    ran = traps.run(stranger.root, "plan")
    assert ran.code == 5
    assert "certs/mine/cert.pem is a link, and is not followed [output-behind-link]" in ran.out
