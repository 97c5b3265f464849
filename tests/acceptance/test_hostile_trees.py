"""Trees that somebody has made to do harm: names and links, through the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.policy import judging
from tests.acceptance.trees import FILES, write_tree
from tests.provenance.git_tree import GitTree

if TYPE_CHECKING:
    from tests.acceptance.conftest import RunProgram

COMMANDS = (("validate",), ("plan",), ("status",), ("apply", "--no-wait"))
REQUEST = FILES["certificates/www.yaml"]
SECRET = "S3CR3T-from-elsewhere"
NAMES = (
    b"a\nb",
    b"a\x1b[2Jb",
    "a\u202eb".encode(),
    "\u200bx".encode(),
    b"a b",
    b"x ",
    b"x.",
    b"-rf",
    b"~",
    b"~root",
    b"$HOME",
    b"`id`",
    b"a:b",
    b"a\\b",
    b"*",
    b"con",
    b"NUL",
    b"Com1",
    "caf\u00e9".encode(),
    "cafe\u0301".encode(),
    b"\xff\xfe",
    b"cert.pem",
    b"privkey.pem",
    b"a.yaml",
    b"a.json",
    b"x" * 201,
    b"::error::forged",
)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_names_that_are_none_are_refused_by_every_command(
    tree: Path, program: RunProgram, name: bytes
) -> None:
    folder = os.fsencode(tree / "certificates")
    try:
        Path(os.fsdecode(folder + b"/" + name + b".yaml")).write_text(REQUEST)
        Path(os.fsdecode(folder + b"/" + name)).mkdir()
        Path(os.fsdecode(folder + b"/" + name + b"/inner.yaml")).write_text(REQUEST)
    except OSError:
        pytest.skip("this file system takes no such name")
    for command in COMMANDS:
        completed = program(*command)
        assert completed.code == 5
        assert completed.err.count("[bad-name]") == 2
        assert completed.err.replace("\n", "").isprintable()
        assert not any(line.startswith("::") for line in completed.err.splitlines())
    assert [each["code"] for each in program("validate", "--format", "json").document["findings"]] == [
        "bad-name",
        "bad-name",
    ]
    assert not (tree / "certs").exists()
    assert not (tree / "state/orders").exists()


@pytest.mark.parametrize("name", [".git", ".gitignore", ".hidden", "..x"])
def test_hidden_names_are_no_requests(tree: Path, program: RunProgram, name: str) -> None:
    (tree / f"certificates/{name}.yaml").write_text(REQUEST)
    (tree / f"certificates/{name}").mkdir()
    (tree / f"certificates/{name}/x.yaml").write_text(REQUEST)
    (tree / "certificates/.git/config").parent.mkdir(exist_ok=True)
    (tree / "certificates/.git/config").write_text("[core]\n\tfsmonitor = false\n")
    assert "1 certificate." in program("validate").out


def test_a_name_whose_folders_could_not_be_made_is_said_before(tree: Path, program: RunProgram) -> None:
    def write(name: str) -> None:
        path = tree / f"certificates/{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(REQUEST)

    part = "x" * 150
    write("/".join((part, part, part, "y" * 47)))
    assert program("validate").code == 0
    write("/".join((part, part, part, "y" * 48)))
    completed = program("validate")
    assert completed.code == 5
    assert "the name has 501 characters; 500 are allowed [bad-name]" in completed.err


def test_names_that_nest_and_do_not_clash(tree: Path, program: RunProgram) -> None:
    """The files of one certificate never lie where another has a folder, or the state a record."""
    write_tree(tree, **dict.fromkeys(("certificates/shop.yaml", "certificates/shop/www.yaml"), REQUEST))
    assert program("validate").code == 0
    write_tree(tree, **{"certificates/shop/cert.pem/x.yaml": REQUEST, "certificates/shop.json": "{}"})
    completed = program("plan")
    assert completed.code == 5
    assert "certificates/shop/cert.pem/x.yaml: error:" in completed.err
    assert "certificates/shop.yaml: error: `certificates/shop.json` is the same resource" in completed.err


@pytest.mark.parametrize(
    "reference",
    ["../web", "/etc/passwd", "web/../web", "roles/web", "we\\0b", "\u202ebew", "WEB", "web.yaml"],
)
def test_a_reference_is_a_name_and_no_path(tree: Path, program: RunProgram, reference: str) -> None:
    write_tree(tree, **{"certificates/www.yaml": f'role: "{reference}"\nidentifiers: [www.example.com]\n'})
    for command in COMMANDS:
        completed = program(*command)
        assert completed.code == 5
        assert "certificates/www.yaml:1:7: error:" in completed.err or "control character" in completed.err
        assert completed.err.replace("\n", "").isprintable()


# Each of them with what is said of it.
LINKS = {
    "certificates/out.yaml": "link-out-of-tree",
    "certificates/home.yaml": "link-out-of-tree",
    "certificates/folder": "link-out-of-tree",
    "certificates/up": "link-out-of-tree",
    "certificates/root": "link-out-of-tree",
    "certificates/key.yaml": "link-to-other-file",
    "certificates/config.yaml": "link-to-other-file",
    "certificates/loop.yaml": "broken-link",
    "certificates/self": "link-to-folder",
    "certificates/null.yaml": "link-out-of-tree",
    "certificates/zero.yaml": "link-out-of-tree",
    "certificates/pipe.yaml": "not-a-file",
}


def test_links_lead_to_nothing_that_is_not_the_tree(
    tree: Path, program: RunProgram, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.yaml").write_text(f"{SECRET}: [\n")
    (outside / "folder").mkdir()
    (outside / ".ssh").mkdir()
    (outside / ".ssh/id_ed25519").write_text(SECRET)
    (outside / "folder/x.yaml").write_text(f"role: {SECRET}\n")
    (tree / "state").mkdir()
    (tree / "state/key.pem").write_text(SECRET)
    (tree / ".git").mkdir()
    (tree / ".git/config").write_text(f"; {SECRET}\n")
    os.mkfifo(tree / "pipe.yaml")
    targets = {
        "out.yaml": outside / "secret.yaml",
        "home.yaml": outside / ".ssh/id_ed25519",
        "folder": outside / "folder",
        "up": Path("../.."),
        "root": Path("/"),
        "key.yaml": Path("../state/key.pem"),
        "config.yaml": Path("../.git/config"),
        "loop.yaml": Path("loop.yaml"),
        "self": Path(),
        "null.yaml": Path("/dev/null"),
        "zero.yaml": Path("/dev/zero"),
        "pipe.yaml": Path("../pipe.yaml"),
    }
    for name, target in targets.items():
        (tree / "certificates" / name).symlink_to(target)
    for command in (*COMMANDS[:1], ("validate", "--format", "json"), ("validate", "--report", "sarif=-")):
        completed = program(*command)
        assert completed.code == 5
        assert SECRET not in completed.out + completed.err
    findings = program("validate", "--format", "json").document["findings"]
    assert {each["path"]: each["code"] for each in findings} == LINKS


@pytest.mark.parametrize("kind", ["link", "link to a folder", "pipe", "folder", "device", "absolute", "up"])
def test_a_request_in_a_file_is_that_file(tree: Path, program: RunProgram, tmp_path: Path, kind: str) -> None:
    secret = tmp_path.parent / f"{tmp_path.name}-secret"
    secret.mkdir()
    (secret / "x.csr").write_text(f"-----BEGIN CERTIFICATE REQUEST-----\n{SECRET}\n")
    file = "x.csr"
    if kind == "link":
        (tree / "certificates/x.csr").symlink_to(secret / "x.csr")
    elif kind == "link to a folder":
        (tree / "certificates/inner").symlink_to(secret)
        file = "inner/x.csr"
    elif kind == "pipe":
        os.mkfifo(tree / "certificates/x.csr")
    elif kind == "folder":
        (tree / "certificates/x.csr").mkdir()
    elif kind == "device":
        (tree / "certificates/x.csr").symlink_to("/dev/zero")
    elif kind == "absolute":
        file = str(secret / "x.csr")
    else:
        file = f"../../{secret.name}/x.csr"
    write_tree(tree, **{"certificates/www.yaml": f"role: web\ncsr_file: {file}\n"})
    completed = program("validate")
    assert completed.code == 5
    assert "[bad-csr-file]" in completed.err
    assert SECRET not in completed.err


def test_what_a_secret_is_read_from_is_not_read_to_plan_and_never_shown(
    tree: Path, program: RunProgram, tmp_path: Path
) -> None:
    """A pull request may name any file as a secret: nothing of it comes out, whatever it holds."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    account = f"{FILES['accounts/ca.yaml']}eab_kid: kid\neab_key: {{file: {secret}}}\n"
    write_tree(tree, **{"accounts/ca.yaml": account.replace("https://ca.test", "https://127.0.0.1:1")})
    for command in COMMANDS:
        completed = program(*command)
        assert SECRET not in completed.out + completed.err
    # And where it is named wrongly.
    write_tree(tree, **{"accounts/ca.yaml": f"{account}eab_kid: {secret}\n"})
    assert SECRET not in program("validate").err


def test_files_and_folders_that_cannot_be_read_are_findings(
    tree: Path, program: RunProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They vanish, or become something else, between the walk and the reading."""
    (tree / "certificates/shop").mkdir()
    (tree / "certificates/shop/a.yaml").write_text(REQUEST)
    opened, listed = os.open, os.scandir

    def open_once(path: str, flags: int, *more: int) -> int:
        if str(path).endswith("www.yaml"):
            Path(path).unlink(missing_ok=True)
            Path(path).symlink_to("/etc/hostname")
        return opened(path, flags, *more)

    def list_once(path: str) -> object:
        if str(path).endswith("shop"):
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr("reconciler.files.os.open", open_once)
    monkeypatch.setattr("reconciler.tree.discover.os.scandir", list_once)
    completed = program("validate")
    assert completed.code == 5
    assert "certificates/shop: error: the folder cannot be read: Permission denied" in completed.err
    assert "certificates/www.yaml: error: the file cannot be read: Too many levels" in completed.err


def test_the_line_of_a_denial_is_of_a_file_of_the_tree(
    tree: Path, program: RunProgram, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is read again for its line; by then a link may have taken its place."""
    secret = tmp_path_factory.mktemp("outside") / "secret.yaml"
    secret.write_text(f"{SECRET}\n{SECRET}\n")
    path = tree / "certificates/www.yaml"
    path.write_text("role: web\nidentifiers: [evil.example.org]\n")

    denials = judging._denials

    def swapped(*arguments: object) -> object:
        found = denials(*arguments)  # type: ignore[arg-type]
        if path.exists() and not path.is_symlink():
            path.unlink()
            path.symlink_to(secret)
        return found

    monkeypatch.setattr(judging, "_denials", swapped)
    completed = program("validate")
    assert completed.code == 5
    assert "evil.example.org" in completed.err
    assert SECRET not in completed.err


def test_a_tree_in_a_tree_is_not_part_of_it(tree: Path, program: RunProgram) -> None:
    write_tree(tree / "certificates/inner")
    (tree / "certificates/inner/certificates/www.yaml").write_text(":")
    completed = program("validate")
    # What lies in certificates/ is a request, whatever it is called; nothing is left out in silence.
    assert completed.code == 5
    assert "certificates/inner/accounts/ca.yaml:1:1: error" in completed.err


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("certificates/evil.yaml", "/etc/passwd"),
        ("certificates/evil.yaml", "../.."),
        ("certificates/evil", "/etc"),
        ("roles/evil.yaml", "/etc/passwd"),
    ],
)
def test_links_in_the_history_lead_nowhere(
    tmp_path: Path, program: RunProgram, monkeypatch: pytest.MonkeyPatch, name: str, target: str
) -> None:
    """`plan --base` reads another commit, whose links may lead anywhere."""
    git = GitTree(tmp_path / "tree")
    for path, text in FILES.items():
        git.write(path, text)
    git.commit()
    git.publish()
    (git.root / name).symlink_to(target)
    git.commit()
    monkeypatch.chdir(git.root)
    completed = program("plan", "--base", "origin/main")
    assert completed.code == 5
    assert f"{name}: error: the link leads out of the tree [link-out-of-tree]" in completed.err
    assert "root:" not in completed.err
    git.publish()
    (git.root / name).unlink()
    git.commit()
    completed = program("plan", "--base", "origin/main")
    assert "root:" not in completed.out + completed.err
    assert "Traceback" not in completed.err
