"""What a certificate costs: each request and each durable write, in their order. Nobody adds one unawares."""

from __future__ import annotations

import datetime as dt
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconciler import files
from reconciler.engine.options import ApplyOptions
from reconciler.model.order import Stage, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.rig import Rig

ONE_AT_A_TIME = ApplyOptions(parallelism=1)

FIRST = """\
write state/orders/ID.yaml (new)
folder state/orders/ID
write state/orders/ID/{privkey,csr}.pem
ask new_order
write state/orders/ID.yaml (submitted)
ask read_authorization
write state/orders/ID.yaml (fulfilling_challenges)
ask answer_challenge
ask read_order
write state/orders/ID.yaml (fetching_certificate)
ask finalize_order
ask read_order
ask download_certificate
write state/orders/ID/{fullchain}.pem
write state/orders/ID.yaml (completed)
write state/certificates/www.yaml
folder certs/www
write certs/www/{privkey,cert,chain,fullchain}.pem
ask read_renewal_info
write state/certificates/www.yaml
"""

# The order before goes into the archive, with the folder of its key: once when the new one is there.
RENEWAL = FIRST.replace(
    "write state/certificates/www.yaml\nfolder certs/www\n",
    "move state/orders/ID\nmove state/orders/ID.yaml\nwrite state/certificates/www.yaml\n",
    1,
)

# Files of 14, entries of a log aside; and 13 of the folders that they are in.
FSYNCS_OF_FILES, FSYNCS_OF_FOLDERS = 14, 13


class Trace:
    """Takes down what is written and asked for."""

    def __init__(self, rig: Rig, patch: pytest.MonkeyPatch) -> None:
        self.lines: list[str] = []
        self.synced: list[str] = []
        self._root = rig.folder
        rig.server.after_request = lambda name: self.lines.append(f"ask {name}")
        write, move, make, remove = files.write_files, files.move, files.make_folder, files.remove_file

        def write_files(folder: Path, contents: dict[str, tuple[bytes, int]], **options: Any) -> None:  # noqa: ANN401
            write(folder, contents, **options)
            self.lines.append(f"write {self._written(folder, contents)}")

        def make_folder(path: Path, mode: int = files.PUBLIC_FOLDER) -> None:
            if not path.is_dir():
                self.lines.append(f"folder {self._named(path)}")
            make(path, mode)

        def moved(source: Path, target: Path) -> None:
            if source.exists():
                self.lines.append(f"move {self._named(source)}")
            move(source, target)

        def removed(path: Path) -> None:
            self.lines.append(f"remove {self._named(path)}")
            remove(path)

        def fsync(descriptor: int) -> None:
            self.synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))

        for name, function in (
            ("write_files", write_files),
            ("make_folder", make_folder),
            ("move", moved),
            ("remove_file", removed),
        ):
            patch.setattr(files, name, function)
        patch.setattr(os, "fsync", fsync)

    def of(self, work: Callable[[], object]) -> str:
        self.lines.clear()
        self.synced.clear()
        work()
        return "".join(f"{line}\n" for line in self.lines)

    def _named(self, path: Path) -> str:
        return re.sub(r"orders/[0-9a-f-]{36}", "orders/ID", path.relative_to(self._root).as_posix())

    def _written(self, folder: Path, contents: dict[str, tuple[bytes, int]]) -> str:
        if all(name.endswith(".pem") for name in contents):
            return f"{self._named(folder)}/{{{','.join(name.removesuffix('.pem') for name in contents)}}}.pem"
        [(name, (content, _))] = contents.items()
        stage = re.search(rb"^stage: (\w+)$", content, re.MULTILINE)
        return self._named(folder / name) + (f" ({stage[1].decode()})" if stage else "")


@pytest.fixture
def traced(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Trace:
    """A rig with an account, a certificate and all folders, so that only what is new is to be seen."""
    rig.server.renewal_info = True
    rig.want("first", "first.example.com")
    rig.apply()
    return Trace(rig, monkeypatch)


def test_a_first_certificate(rig: Rig, traced: Trace) -> None:
    rig.want("www", "www.example.com")
    assert traced.of(lambda: rig.apply(ONE_AT_A_TIME)) == FIRST
    of_files = [each for each in traced.synced if each.endswith(".tmp")]
    of_folders = [each for each in traced.synced if Path(each).is_dir()]
    assert (len(of_files), len(of_folders)) == (FSYNCS_OF_FILES, FSYNCS_OF_FOLDERS)


def test_a_renewal(rig: Rig, traced: Trace) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    rig.specs.pop("first")
    rig.apply()  # the archive has its folders now
    rig.clock.advance(days=85)
    assert traced.of(lambda: rig.apply(ONE_AT_A_TIME)) == RENEWAL


def test_more_names_cost_requests_and_no_write(rig: Rig, traced: Trace) -> None:
    rig.want("www", "www.example.com", "api.example.com", "ftp.example.com")
    lines = traced.of(lambda: rig.apply(ONE_AT_A_TIME)).splitlines()
    assert [each for each in lines if not each.startswith("ask")] == [
        each for each in FIRST.splitlines() if not each.startswith("ask")
    ]
    asked = [each for each in lines if each.startswith("ask")]
    # RFC 9773 aside: two for each name, and five.
    assert len(asked) - 1 == 2 * 3 + 5


def test_looking_at_what_has_not_changed_writes_nothing(rig: Rig, traced: Trace) -> None:
    rig.server.processing_looks = 4
    rig.want("www", "www.example.com")
    looks = "ask read_order\n"
    assert traced.of(lambda: rig.apply(ONE_AT_A_TIME)) == FIRST.replace(
        f"{looks}ask download", f"{5 * looks}ask download"
    )


@pytest.mark.parametrize(
    ("seconds", "written"), [(2, []), (20, ["write state/orders/ID.yaml (processing_challenge)"])]
)
def test_that_the_ca_looks_at_challenges_is_written_where_that_takes_long(
    rig: Rig, traced: Trace, seconds: int, written: list[str]
) -> None:
    rig.want("www", "www.example.com")
    take_down = rig.server.after_request
    until = rig.clock.now() + dt.timedelta(seconds=seconds)

    def after(name: str) -> None:
        take_down(name)
        status = Status.VALID if rig.clock.now() >= until else Status.PENDING
        if name in ("answer_challenge", "read_order"):
            for each in rig.server.authorizations.values():
                each.status = status

    rig.server.after_request = after
    writes = [each for each in traced.of(lambda: rig.apply(ONE_AT_A_TIME)).splitlines() if "ask" not in each]
    told = [each for each in FIRST.splitlines() if "ask" not in each]
    assert [each for each in writes if each not in told] == written
    assert [each for each in writes if each in told] == told


@pytest.mark.parametrize("stopped", [False, True])
def test_that_the_ca_looks_at_challenges_is_written_for_the_next_run(
    rig: Rig, traced: Trace, *, stopped: bool
) -> None:
    rig.want("www", "www.example.com")

    def after(name: str) -> None:
        if name == "answer_challenge":
            for each in rig.server.authorizations.values():
                each.status = Status.PENDING
            if stopped:
                rig.stop.set()

    rig.server.after_request = after
    rig.apply(ApplyOptions(wait=stopped))
    [order] = [each for each in rig.store.orders().values() if each.is_open]
    assert order.stage is Stage.PROCESSING_CHALLENGE
    for each in rig.server.authorizations.values():
        each.status = Status.VALID
    rig.stop.clear()
    rig.server.requests.clear()
    assert rig.apply().issued
    assert rig.server.requests["answer_challenge"] == 0


def test_a_run_with_nothing_to_do_writes_nothing(rig: Rig, traced: Trace) -> None:
    assert traced.of(rig.apply) == ""
    assert [Path(each).name for each in traced.synced] == [".lock"]


@pytest.mark.parametrize("number", [1, 5])
def test_the_list_of_orders_is_not_asked_for_where_nothing_is_in_doubt(rig: Rig, number: int) -> None:
    rig.server.lists_orders = True
    for each in range(number):
        rig.want(f"{each}", f"{each}.example.com")
    rig.apply()
    assert rig.server.requests["list_orders"] == 0
