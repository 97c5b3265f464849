"""Whether this machine has what a method needs, as far as that shows without using it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from reconciler.errors import ChallengeError
from reconciler.model.fulfillment import Way

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.fulfillment import Method

LOCAL_WAYS = frozenset({Way.WEBROOT, Way.LISTEN, Way.EXEC})
"""The ways that take something of this machine."""


def check_local(method: Method, root: Path) -> None:
    """See whether a webroot can be written, a program can be run, or a listener's addresses can be had.

    Args:
        method: one of `LOCAL_WAYS`; of others nothing is said.
        root: of the tree; relative paths begin there.

    Raises:
        ChallengeError: something is missing; says what, and what to do.
    """
    match method.way:
        case Way.WEBROOT:
            from reconciler.challenges.webroot import check_webroot, top_of_webroot

            try:
                check_webroot(root / method.target, top_of_webroot(root, method.target))
            except OSError as error:
                raise ChallengeError(f"{error.filename}: {error.strerror}") from error
        case Way.LISTEN:
            from reconciler.challenges.sockets import check_addresses

            check_addresses(method.target.split(", "))
        case Way.EXEC:
            from reconciler.challenges.command import program_path
            from reconciler.challenges.program import check

            check(program_path(shlex.split(method.target)[0], root))
        case Way.DNS_PROVIDER | Way.STANDING_RECORD:
            pass
