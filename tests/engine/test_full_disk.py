"""What the file system really says no to: the old certificate stays whole, what was issued is not lost.

Root may do nearly all, so what stops it is another file system (Linux), an immutable file, or a limit.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from reconciler.deliver.certificates import deliver, digests, file_changes
from reconciler.errors import DeliveryError, StateError
from reconciler.model.certificate import CERTIFICATE_FILES
from reconciler.model.observed import FileChanges
from reconciler.store.private import write_private
from tests.engine.checks import assert_settled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import RecordFigure
    from tests.engine.rig import Rig


@pytest.fixture
def mount() -> Iterator[Callable[[Path, str], None]]:
    """Mount a file system in memory, with its options; it is gone after the test."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root mounts file systems (Linux)")
    with ExitStack() as stack:

        def mounted(folder: Path, options: str) -> None:
            folder.mkdir(parents=True, exist_ok=True)
            made = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
                capture_output=True,
                check=False,
            )
            if made.returncode:
                pytest.skip(f"no file system can be mounted here: {made.stderr.decode().strip()}")
            stack.callback(subprocess.run, ["umount", "--lazy", str(folder)], check=True)

        yield mounted


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Fill a file system to the last byte."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        for size in (65536, 512, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return path


@contextmanager
def full(folder: Path) -> Iterator[None]:
    filler = fill(folder)
    yield
    filler.unlink()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    remount(folder, "ro")
    try:
        yield
    finally:
        remount(folder, "rw")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (full, "No space left on device: make room"),
        (read_only, "Read-only file system: mount it for writing"),
    ],
)
def test_the_output_cannot_be_written(
    rig: Rig, mount: Callable[[Path, str], None], trouble: Callable[[Path], object], said: str
) -> None:
    mount(rig.output, "size=256k")
    rig.want("www", "www.example.com")
    rig.apply()
    before = rig.delivered("www")
    rig.clock.advance(days=61)
    rig.want("api", "api.example.com")
    with trouble(rig.output):  # type: ignore[attr-defined]
        result = rig.apply()
        assert {each.subject for each in result.failed} == {"www", "api"}
        for failure in result.failed:
            assert failure.problem.code == "delivery"
            assert f"{rig.output}/{failure.subject}" in failure.problem.detail
            assert said in failure.problem.detail
        assert rig.delivered("www") == before
        # What was issued is in the state: as often as it fails, nothing is ordered anew.
        assert not rig.apply().issued
    assert {each.certificate for each in rig.apply().delivered} == {"www", "api"}
    assert len(rig.server.issued) == 3
    assert_settled(rig)


@pytest.mark.parametrize("trouble", [full, read_only])
def test_the_state_cannot_be_written(
    rig: Rig, mount: Callable[[Path, str], None], trouble: Callable[[Path], object]
) -> None:
    mount(rig.folder / "state", "size=512k")
    rig.want("www", "www.example.com")
    rig.apply()
    before = rig.delivered("www")
    rig.clock.advance(days=61)
    with trouble(rig.folder / "state"):  # type: ignore[attr-defined]
        try:
            result = rig.apply()
        except StateError as error:
            said = str(error)
        else:
            assert len(result.failed) == 1
            said = result.failed[0].problem.detail
        assert f"{rig.folder}/state" in said
        assert "make room" in said or "mount it for writing" in said
        assert rig.delivered("www") == before
    rig.clock.advance(days=1)
    assert rig.apply().issued
    assert_settled(rig)


def test_a_disk_that_fills_at_any_byte_leaves_the_old_files_whole(
    tmp_path: Path, mount: Callable[[Path, str], None], record_figure: RecordFigure
) -> None:
    place = tmp_path / "disk"
    mount(place, "size=64k")
    old, new = (dict.fromkeys(CERTIFICATE_FILES, letter * 3000) for letter in (b"o", b"n"))
    page, failed = 4096, 0
    deliver(place / "www", old)
    free = shutil.disk_usage(place).free
    for left in range(0, 6 * page, page):
        (place / "filler").write_bytes(bytes(free - left))
        try:
            deliver(place / "www", new)
        except DeliveryError as error:
            failed += 1
            assert "No space left on device: make room" in str(error)  # noqa: PT017 - some succeed
            assert file_changes(place / "www", digests(old)) == FileChanges()
        else:
            assert file_changes(place / "www", digests(new)) == FileChanges()
            deliver(place / "www", old)
        assert {path.name for path in (place / "www").iterdir()} == set(CERTIFICATE_FILES)
        (place / "filler").unlink()
    assert 0 < failed < 6
    record_figure("a full disk", f"{failed} of 6 deliveries cut off, the old files whole each time")


CHILD = """
import resource, signal, sys
from pathlib import Path
from reconciler.deliver.certificates import deliver
from reconciler.errors import ReconcilerError
from reconciler.store.private import write_private
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
folder = Path(sys.argv[1])
for act in (
    lambda: deliver(folder / "www", {"privkey.pem": b"k" * 500, "cert.pem": b"n" * 2000}),
    lambda: write_private(folder / "key.pem", b"n" * 2000, folder),
):
    try:
        act()
    except ReconcilerError as error:
        print(error)
"""


def test_a_file_that_may_not_become_as_large_leaves_the_old_one(tmp_path: Path) -> None:
    deliver(tmp_path / "www", {"privkey.pem": b"k", "cert.pem": b"o"})
    write_private(tmp_path / "key.pem", b"o", tmp_path)
    ran = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path)], capture_output=True, text=True, check=True
    )
    first, second = ran.stdout.splitlines()
    for line in (first, second):
        assert "cannot be written: File too large: raise the limit on the size of files (ulimit -f)" in line
    assert (tmp_path / "www/privkey.pem").read_bytes() == b"k"
    assert (tmp_path / "www/cert.pem").read_bytes() == b"o"
    assert (tmp_path / "key.pem").read_bytes() == b"o"
    assert {path.name for path in (tmp_path / "www").iterdir()} == {"privkey.pem", "cert.pem"}


def test_a_name_that_is_too_long_holds_up_nobody_else(rig: Rig) -> None:
    deep = "/".join(["d" * 200] * 20)
    rig.want(deep, "deep.example.com")
    rig.want("www", "www.example.com")
    result = rig.apply()
    assert "www" in {each.certificate for each in result.issued}
    [failure] = result.failed
    assert failure.subject == deep
    assert "File name too long: choose a shorter name" in failure.problem.detail


def test_a_file_in_the_place_of_a_folder_is_said_to_be_there(tmp_path: Path) -> None:
    (tmp_path / "certs").write_text("")
    with pytest.raises(DeliveryError, match=r"certs.*: cannot be written: .*: move"):
        deliver(tmp_path / "certs/www", {"cert.pem": b"x"})
    with pytest.raises(
        DeliveryError, match=r"certs: cannot be written: File exists: what is in its place is"
    ):
        deliver(tmp_path / "certs", {"cert.pem": b"x"})


def test_a_folder_that_goes_during_the_run_is_made_again(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    rig.clock.advance(days=61)
    rig.server.after_request = lambda name: (
        shutil.rmtree(rig.output, ignore_errors=True) if name == "finalize_order" else None
    )
    assert rig.apply().issued
    assert_settled(rig)


@pytest.mark.parametrize("place", ["www", "www/cert.pem"])
def test_what_the_user_may_not_write_is_left_as_it_is(tmp_path: Path, place: str) -> None:
    deliver(tmp_path / "www", {"privkey.pem": b"k", "cert.pem": b"o"})
    with not_allowed(tmp_path, place):
        with pytest.raises(
            DeliveryError, match=r"/www/?[.a-z]*: cannot be written: [A-Z].*: (give|only root)"
        ):
            deliver(tmp_path / "www", {"privkey.pem": b"k", "cert.pem": b"n"})
        assert (tmp_path / "www/privkey.pem").read_bytes() == b"k"
        assert (tmp_path / "www/cert.pem").read_bytes() == b"o"


@contextmanager
def not_allowed(folder: Path, place: str) -> Iterator[None]:
    """Forbid it, for root too."""
    if os.geteuid() != 0:
        if place != "www":
            pytest.skip("only root makes a file immutable")
        (folder / "www").chmod(0o500)
        try:
            yield
        finally:
            (folder / "www").chmod(0o700)
        return
    if subprocess.run(["chattr", "+i", str(folder / place)], capture_output=True, check=False).returncode:
        pytest.skip("this file system has no immutable files")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", str(folder / place)], check=True)
