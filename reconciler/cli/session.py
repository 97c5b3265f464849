"""What the global options say, and where output goes."""

from __future__ import annotations

import os
import stat
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from reconciler.cli.clock import SystemClock

if TYPE_CHECKING:
    from reconciler.engine.clock import Clock


_WIDTH = 80
_WIDEST = 120  # longer lines are hard to read


class OutputFormat(StrEnum):
    """`--format`."""

    TEXT = "text"
    JSON = "json"


class Session:
    """One run of the program.

    No value of msgspec: `--help` needs one, and nothing else of that.

    Attributes:
        folder: where to look for the tree: `-C`, or the working directory.
        verbose: whether to show tracebacks, and every event as a line.
        output_format: what the command is to print.
    """

    def __init__(
        self,
        *,
        no_color: bool = False,
        verbose: bool = False,
        output_format: OutputFormat = OutputFormat.TEXT,
        clock: Clock | None = None,
    ) -> None:
        """Begin a run; the rest is set once the global options are read."""
        self.folder = Path()
        self.no_color = no_color
        self.verbose = verbose
        self.output_format = output_format
        self.clock: Clock = clock or SystemClock()

    @property
    def is_json(self) -> bool:
        """Whether the output is for programs."""
        return self.output_format is OutputFormat.JSON

    @property
    def color(self) -> bool:
        """Whether what is printed may have colours."""
        return self._colors(sys.stdout)

    @property
    def message_color(self) -> bool:
        """Whether messages may have colours."""
        return self._colors(sys.stderr)

    @property
    def width(self) -> int:
        """How many columns the lines of the output may have."""
        if not _is_terminal(sys.stdout):
            return _WIDTH
        import shutil  # loads what compresses; most runs have no terminal

        return max(_WIDTH // 2, min(shutil.get_terminal_size((_WIDTH, 24)).columns, _WIDEST))

    @property
    def is_live(self) -> bool:
        """Whether progress can be drawn in place."""
        return (
            _is_terminal(sys.stderr)
            and os.environ.get("TERM") != "dumb"
            and not (self.verbose or self.is_json)
        )

    def write(self, text: str) -> None:
        """Print what the command was asked for."""
        try:
            if sys.stdout is not None:
                sys.stdout.write(text)
                sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OSError(error.errno, error.strerror, "standard output") from None

    def say(self, text: str) -> None:
        """Print a message beside the output; that nobody reads those is no reason to stop."""
        try:
            if sys.stderr is not None:
                sys.stderr.write(text)
                sys.stderr.flush()
        except OSError:
            forget_stream(sys.stderr)

    def _colors(self, stream: TextIO | None) -> bool:
        # https://no-color.org: any value that is not empty.
        if stream is None or self.no_color or os.environ.get("NO_COLOR"):
            return False
        # https://force-color.org, https://bixense.com/clicolors
        if any(os.environ.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
            return True
        if _is_terminal(stream):
            return os.environ.get("TERM") != "dumb"
        return _is_ci_log(stream)


def forget_stream(stream: TextIO) -> None:
    """Send what is still written to a stream nowhere: its reader has gone, and that must not fail the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _is_ci_log(stream: TextIO) -> bool:
    """Say whether the runner of a pipeline reads this, and shows colours; what goes to a file has none."""
    if "true" not in (os.environ.get("GITHUB_ACTIONS"), os.environ.get("GITLAB_CI")):
        return False
    try:
        return stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def _is_terminal(stream: TextIO | None) -> bool:
    # Python has no stream where a process was started with it closed.
    return stream is not None and stream.isatty()
