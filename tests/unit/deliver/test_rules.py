"""Who may read what is delivered."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler import files
from reconciler.deliver.certificates import deliver, digests, file_changes
from reconciler.deliver.rules import Rules, rules_of
from reconciler.errors import DeliveryError
from reconciler.model.certificate import CERTIFICATE_FILES
from reconciler.model.observed import FileChanges
from reconciler.model.permissions import OutputPermissions, WrongPermission
from reconciler.model.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENTS = {name: name.encode() for name in CERTIFICATE_FILES}
DIGESTS = digests(CONTENTS)
SHARED = OutputPermissions(private_key_mode=0o640, certificate_mode=0o644, folder_mode=0o750)
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")


def rules(**permissions: int | str) -> Rules:
    return rules_of_settings(OutputPermissions(**permissions))  # type: ignore[arg-type]


def rules_of_settings(permissions: OutputPermissions) -> Rules:
    return rules_of(Path("/nowhere"), Settings(output="/", output_permissions=permissions))


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_umask")
def test_the_modes_are_those_of_the_settings_under_any_umask(tmp_path: Path) -> None:
    folder, public = tmp_path / "www", dict.fromkeys(CERTIFICATE_FILES[1:], 0o644)
    deliver(folder, CONTENTS, rules=rules_of_settings(SHARED))
    assert modes(folder) == {"www": 0o750, "privkey.pem": 0o640, **public}
    assert file_changes(folder, DIGESTS, rules=rules_of_settings(SHARED)) == FileChanges()
    deliver(folder, CONTENTS)
    assert modes(folder) == {"www": 0o700, "privkey.pem": 0o600, **public}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (OutputPermissions(), r"privkey.pem: its mode is 0644, though 0600 was set"),
        (SHARED, r"privkey.pem: its mode is 0644, though 0640 was set"),
        (OutputPermissions(folder_mode=0o750), r"privkey.pem: its mode is 0644, though 0600 was set"),
    ],
)
def test_a_file_system_that_keeps_no_modes_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: OutputPermissions, message: str
) -> None:
    def write_as_vfat(folder: Path, written: dict[str, tuple[bytes, int]], **_: int) -> None:
        for name, (content, _mode) in written.items():
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o644)

    monkeypatch.setattr(files, "write_files", write_as_vfat)
    with pytest.raises(DeliveryError, match=message):
        deliver(tmp_path / "www", CONTENTS, rules=rules_of_settings(said))


def test_other_settings_are_a_change_that_says_what(tmp_path: Path) -> None:
    folder = tmp_path / "www"
    deliver(folder, CONTENTS)
    found = file_changes(folder, DIGESTS, rules=rules_of_settings(SHARED))
    assert found == FileChanges(
        permissions=(
            WrongPermission("privkey.pem", "mode", "0600", "0640"),
            WrongPermission(".", "mode", "0700", "0750"),
        )
    )
    deliver(folder, CONTENTS, rules=rules_of_settings(SHARED))
    # What is no longer said is as it is without settings: a key is for nobody else.
    found = file_changes(folder, DIGESTS)
    assert found == FileChanges(permissions=(WrongPermission("privkey.pem", "mode", "0640", "0600"),))


def test_what_is_not_said_is_not_looked_at(tmp_path: Path) -> None:
    folder = tmp_path / "www"
    deliver(folder, CONTENTS)
    (folder / "cert.pem").chmod(0o664)
    folder.chmod(0o755)
    assert file_changes(folder, DIGESTS) == FileChanges()
    wrong = WrongPermission("cert.pem", "mode", "0664", "0644")
    assert file_changes(folder, DIGESTS, rules=rules(certificate_mode=0o644)).permissions == (wrong,)


def test_nothing_is_for_a_moment_more_open_than_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    chmod = os.fchmod

    def watched(descriptor: int, mode: int) -> None:
        # Whoever has opened it by now reads what is written later.
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        assert os.fstat(descriptor).st_size == 0
        chmod(descriptor, mode)

    monkeypatch.setattr(os, "fchmod", watched)
    before = os.umask(0)
    try:
        deliver(tmp_path / "www", CONTENTS, rules=rules_of_settings(SHARED))
    finally:
        os.umask(before)
    assert seen == [0o600] * 4


@only_root
def test_owner_and_group_are_those_of_the_settings(tmp_path: Path) -> None:
    folder = tmp_path / "www"
    deliver(folder, CONTENTS)
    wanted = rules(owner="65534", group="65533")
    found = file_changes(folder, DIGESTS, rules=wanted).permissions
    assert [(each.file, each.what) for each in found] == [
        (name, what) for name in (*CERTIFICATE_FILES, ".") for what in ("owner", "group")
    ]
    deliver(folder, CONTENTS, rules=wanted)
    for path in (folder, *folder.iterdir()):
        assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65533)
    assert file_changes(folder, DIGESTS, rules=wanted) == FileChanges()
    assert modes(folder)["privkey.pem"] == 0o600
    assert tmp_path.stat().st_uid == 0


@only_root
def test_a_key_has_its_owner_before_it_has_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    chown, chmod = os.fchown, os.fchmod

    def given(descriptor: int, owner: int, group: int) -> None:
        done.append("chown")
        assert stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077 == 0
        chown(descriptor, owner, group)

    def opened(descriptor: int, mode: int) -> None:
        done.append("chmod")
        assert os.fstat(descriptor).st_uid == 65534
        chmod(descriptor, mode)

    monkeypatch.setattr(os, "fchown", given)
    monkeypatch.setattr(os, "fchmod", opened)
    deliver(tmp_path / "www", CONTENTS, rules=rules(owner="65534", private_key_mode=0o640))
    assert done == ["chown", "chmod"] * 4


@pytest.mark.parametrize(("what", "kind"), [("owner", "user"), ("group", "group")])
def test_somebody_who_is_not_there_is_an_error_of_delivery(tmp_path: Path, what: str, kind: str) -> None:
    wanted = rules(**{what: "nobody-is-called-this"})
    folder = tmp_path / "www"
    with pytest.raises(
        DeliveryError, match=f"`output_permissions.{what}`: there is no {kind} 'nobody-is-call"
    ):
        deliver(folder, CONTENTS, rules=wanted)
    assert not folder.exists()
    # What was delivered before is seen to be wrong, so that apply says so.
    deliver(folder, CONTENTS)
    found = file_changes(folder, DIGESTS, rules=wanted).permissions
    assert {each.wanted for each in found} == {"nobody-is-called-this"}
    assert {each.what for each in found} == {what}


def test_who_may_not_give_files_away_hears_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(tmp_path / "www", CONTENTS)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refused)
    with pytest.raises(
        DeliveryError, match=r"cannot be given to 65534:65533 \(`output_permissions`\): only root"
    ):
        deliver(tmp_path / "www", {**CONTENTS, "cert.pem": b"new"}, rules=rules(owner="65534", group="65533"))
    assert (tmp_path / "www/cert.pem").read_bytes() == CONTENTS["cert.pem"]


def test_a_file_that_is_not_given_away_stays_ours(tmp_path: Path) -> None:
    files.write_files(tmp_path, {"x": (b"x", 0o400)})
    assert modes(tmp_path)["x"] == 0o400
    files.write_files(tmp_path, {"x": (b"y", 0o444)})
    assert (tmp_path / "x").read_bytes() == b"y"
