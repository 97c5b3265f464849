"""System calls that fail once: what is promised of the run, and of the next one."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from tests.pebble.crash.bench import Watch
from tests.pebble.crash.checks import fits

if TYPE_CHECKING:
    from tests.pebble.crash.bench import Event, Point, Site

_ERRORS = {
    "openat": errno.ENOSPC,
    "write": errno.ENOSPC,
    "pwrite64": errno.ENOSPC,
    "mkdir": errno.ENOSPC,
    "rename": errno.ENOSPC,
    "fsync": errno.EIO,
    "ftruncate": errno.EIO,
    "unlink": errno.EROFS,
    "rmdir": errno.EROFS,
    "chmod": errno.EROFS,
    "fchmod": errno.EROFS,
}


def error_of(event: Event) -> int:
    """Return what a call fails with when the disk is full, read-only or broken."""
    return _ERRORS[event.name]


def fail(site: Site, arguments: tuple[str, ...], at: Point, expected: Event) -> None:
    """Let one call of a run fail, and see that it is told, and that what was in force is whole."""
    before = delivered(site)
    error = error_of(expected)
    watch = Watch(site.root, at, error)
    ended = site.watched(watch, *arguments)
    assert "Traceback" not in ended.output, ended.output
    event = watch.struck
    if event is None:
        assert ended.code == 0, ended.output
        return
    if ended.code == 0 and is_about_the_lock(event):
        return
    told = [line for line in ended.output.splitlines() if os.strerror(error) in line]
    assert any(str(site.root.parent) in line for line in told), ended.output
    assert ended.code in ((0,) if holds_nothing_up(event, told) else (1, 4)), ended.output
    after = delivered(site)
    if before and not is_between_two(event):
        assert before.keys() == after.keys(), event
        assert fits(after["privkey.pem"], after["cert.pem"])
        assert after["cert.pem"] + after["chain.pem"] == after["fullchain.pem"]


def delivered(site: Site) -> dict[str, bytes]:
    """Return the files of the certificate in force, by name."""
    return {path.rpartition("/")[2]: content for path, content in site.files("certs/www/*.pem").items()}


def holds_nothing_up(event: Event, told: list[str]) -> bool:
    """Say whether it is of no use for what comes after: the log, and what was presented and is taken away."""
    is_log = any("events.jsonl" in line for line in told)
    return is_log or (event.name == "unlink" and "webroot" in event.paths[0])


def is_about_the_lock(event: Event) -> bool:
    """Say whether the lock is taken or given back; the latter loses nothing, and so nothing is said."""
    return event.name == "ftruncate" and event.paths == ("state/.lock",)


def is_between_two(event: Event) -> bool:
    """Say whether the first files of a certificate have taken their places, and the others cannot."""
    return event.name == "rename" and event.paths[0].startswith("certs/") and "privkey" not in event.paths[0]
