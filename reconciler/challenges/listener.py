"""What listeners have in common: they listen while something is presented, and no longer."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar

from reconciler.challenges.port import Fulfiller
from reconciler.challenges.serving import Limits, Server
from reconciler.challenges.sockets import open_sockets
from reconciler.challenges.tokens import check_instruction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.challenges.serving import Connection
    from reconciler.errors import ChallengeError
    from reconciler.model.identifier import Identifier
    from reconciler.model.instruction import Instruction

Answer = TypeVar("Answer")
_Holder = tuple[str, "Identifier", str, str]


class Listener(Fulfiller, ABC, Generic[Answer]):
    """A server at some addresses, shared by all orders of a run.

    It is opened when the first answer is presented, closed when the last is taken away, and opened again
    when there is another. Orders may present for the same thing: the newest answer counts, and when its order
    takes it away, the one before it counts again.

    Args:
        addresses: `IP:port` and `[IPv6]:port`; looked at when the listener is opened.
        limits: what clients may take.
    """

    def __init__(self, addresses: Sequence[str], limits: Limits | None = None) -> None:
        self._addresses = tuple(addresses)
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._server: Server | None = None
        # What the CA asks for, and who answers; the newest last.
        self._answers: dict[str, dict[_Holder, Answer]] = {}
        self._answers_lock = threading.Lock()

    @property
    def ports(self) -> tuple[int, ...]:
        """The port at each address, in their order; nothing while it is closed."""
        with self._lock:
            return self._server.ports if self._server else ()

    def present(self, instruction: Instruction) -> None:
        """Answer from now on.

        Raises:
            ChallengeError: an address cannot be had, or the instruction is not one to fulfil here.
        """
        check_instruction(instruction)
        asked, answer = self._asked(instruction), self._answer(instruction)
        with self._lock:
            if self._server is None:
                self._server = Server(open_sockets(self._addresses), self._serve, self._limits)
            with self._answers_lock:
                holders = self._answers.setdefault(asked, {})
                holders.pop(_holder(instruction), None)
                holders[_holder(instruction)] = answer

    def missing(self, instruction: Instruction) -> str | None:
        """Say whether it is answered here; whether the CA can reach this machine, only the CA can see."""
        check_instruction(instruction)
        with self._answers_lock:
            if _holder(instruction) in self._answers.get(self._asked(instruction), {}):
                return None
        return f"nobody answers for {instruction.identifier} at {', '.join(self._addresses)}"

    def lives_here(self, instruction: Instruction) -> bool:  # noqa: ARG002 - the port has it
        """It ends with this process."""
        return True

    def clean_up(self, instructions: Sequence[Instruction]) -> dict[Instruction, ChallengeError]:
        """Answer no more; with the last answer the listener is closed."""
        leaving = {_holder(each) for each in instructions}
        with self._lock:
            with self._answers_lock:
                for asked, holders in list(self._answers.items()):
                    for holder in leaving & holders.keys():
                        del holders[holder]
                    if not holders:
                        del self._answers[asked]
            if not self._answers:
                self._close_server()
        return {}

    def close(self) -> None:
        """Answer nothing more, and listen no more."""
        with self._lock:
            with self._answers_lock:
                self._answers.clear()
            self._close_server()

    def _newest(self, asked: str) -> Answer | None:
        with self._answers_lock:
            holders = self._answers.get(asked)
            return holders[next(reversed(holders))] if holders else None

    def _close_server(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    @abstractmethod
    def _asked(self, instruction: Instruction) -> str:
        """Return what the CA will ask for; raise ChallengeError if it would not ask here."""

    @abstractmethod
    def _answer(self, instruction: Instruction) -> Answer:
        """Return what to answer."""

    @abstractmethod
    def _serve(self, connection: Connection) -> None:
        """Serve one client; raise OSError to end."""


def _holder(instruction: Instruction) -> _Holder:
    return instruction.order_id, instruction.identifier, instruction.token, instruction.key_authorization
