"""What `apply` shows while it works: plain lines for logs, a live display on a terminal."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Protocol, Self

from reconciler.model.events import OrderAdvanced, OrderPostponed
from reconciler.model.order import Stage
from reconciler.render.tally import Tally
from reconciler.render.wording.events import event_line, subject_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from rich.console import Console, ConsoleOptions, RenderResult

    from reconciler.model.events import Event

# What surrounds the live display on the screen: the prompt, and a line to breathe.
_SPARE_LINES = 2
# Where an order may stay for a while; the others last for a moment, or another event tells of them.
_TOLD_STAGES = frozenset({Stage.SUBMITTED, Stage.PROCESSING_CHALLENGE})


class Progress(Protocol):
    """Shows events while its context is open. Events come from one thread."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End, and leave the place clean."""

    def report(self, event: Event) -> None:
        """Show an event."""


class PlainProgress:
    """One line for each event that says something new."""

    def __init__(self, write: Callable[[str], object], *, verbose: bool = False) -> None:
        """Use `write` for each line; `verbose` leaves nothing out."""
        self._write = write
        self._verbose = verbose
        self._is_empty = True
        self._waiting: set[str] = set()

    def __enter__(self) -> Self:
        """Begin; nothing is to be made ready."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End, with a line between this and the result."""
        if not self._is_empty:
            self._write("\n")

    def report(self, event: Event) -> None:
        """Write an event as a line."""
        if self._verbose or self._says_something_new(event):
            self._is_empty = False
            self._write(f"{event_line(event)}\n")

    def _says_something_new(self, event: Event) -> bool:
        if isinstance(event, OrderAdvanced) and event.stage not in _TOLD_STAGES:
            return False
        subject = subject_of(event)
        if isinstance(event, OrderPostponed) and event.problem is None:
            is_first = subject not in self._waiting
            self._waiting.add(subject)
            return is_first
        self._waiting.discard(subject)
        return True


class LiveProgress:
    """Counts, and what each order is doing, drawn in one place again and again, cut to the terminal."""

    def __init__(self, total: int, console: Console, monotonic: Callable[[], float]) -> None:
        """Show the progress of `total` actions on `console`."""
        from rich.live import Live  # slow to import, and only terminals need it

        self._tally = Tally(total)
        self._monotonic = monotonic
        self._begin = monotonic()
        # The display is drawn by a thread of its own.
        self._lock = Lock()
        self._live = Live(self, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the display away: the result that follows says all of it."""
        self._live.stop()

    def report(self, event: Event) -> None:
        """Take an event into the display."""
        with self._lock:
            self._tally.add(event)

    def notice(self, text: str) -> None:
        """Show a text with the counts; may be called by a signal handler."""
        self._tally.notice = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw."""
        from rich.text import Text

        with self._lock:
            height = max(options.size.height - _SPARE_LINES, 1)
            lines = self._tally.lines(height, self._monotonic() - self._begin)
        for line in lines:
            yield Text(line, no_wrap=True, overflow="ellipsis")
