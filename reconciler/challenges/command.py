"""Any type of challenge by a program of the user's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, assert_never

from reconciler.challenges.one_by_one import failures_of
from reconciler.challenges.port import Fulfiller
from reconciler.challenges.program import run
from reconciler.challenges.tokens import check_instruction
from reconciler.errors import ChallengeError
from reconciler.model.private_keys import is_identity
from reconciler.orders.instructions import DnsInstruction, HttpInstruction, TlsAlpnInstruction, explain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.model.fulfillment import ExecMethod
    from reconciler.model.instruction import Instruction

PRESENT, CLEANUP = "present", "cleanup"
_OF_ONE_TYPE = frozenset(
    f"RECONCILER_{name}" for name in ("URL", "RECORD_NAME", "RECORD_VALUE", "SERVER_NAME")
)


class Command(Fulfiller):
    """Runs `COMMAND... present` and `COMMAND... cleanup`, once for each challenge.

    The program gets `present` or `cleanup` as its last argument, and the rest in its environment:

    | variable | is | set for |
    | --- | --- | --- |
    | `RECONCILER_ACTION` | `present` or `cleanup`, as the last argument | all |
    | `RECONCILER_CHALLENGE_TYPE` | the type: `http-01` | all |
    | `RECONCILER_IDENTIFIER` | the name or address that is validated, without `*.` | all |
    | `RECONCILER_TOKEN` | the challenge's token | all |
    | `RECONCILER_KEY_AUTHORIZATION` | what answers it (RFC 8555 section 8.1) | all |
    | `RECONCILER_CERTIFICATE_NAME` | which certificate of the tree it is for | all |
    | `RECONCILER_ORDER_ID` | which order | all |
    | `RECONCILER_URL` | where the CA asks for the key authorization | http-01 |
    | `RECONCILER_RECORD_NAME` | the name of the TXT record, without a dot at the end | DNS challenges |
    | `RECONCILER_RECORD_VALUE` | its value, without quotes | DNS challenges |
    | `RECONCILER_SERVER_NAME` | the name that the CA asks for by SNI | tls-alpn-01 |

    No value has a space, a quote, a `$` or a control character in it. All else of our own environment is
    passed on, as a program that changes something elsewhere needs its credentials; but not an age identity,
    and no variable that the tree names as a secret: those are for this program.

    It runs in the root of the tree, from which a path with a slash counts as well; a name without one is
    looked for in PATH. No shell has a part in it, and its standard input is empty. Several may run at once.

    With exit code 0 it says that it is done: that what it presents can be seen. Who cannot know that should
    wait before it ends; TXT records are looked for in the DNS all the same before the CA is told. Any other
    code is an error, that shows the last lines of its output and of its standard error: these must hold no
    secret. After its timeout it is killed with all that it has started; likewise what it leaves behind that
    still holds its output. Either action may be repeated: what is there already, or no longer, is no error.
    """

    def __init__(self, method: ExecMethod, root: Path, withheld: frozenset[str] = frozenset()) -> None:
        """Take the program from the settings; `root` is the tree's, `withheld` what it is not told."""
        self._method = method
        self._withheld = withheld
        self._root = root.absolute()

    def present(self, instruction: Instruction) -> None:
        """Run the program with `present`."""
        self._run(PRESENT, instruction)

    def missing(self, instruction: Instruction) -> str | None:  # noqa: ARG002 - the port has it
        """Say nothing: the program has ended, and so it is there."""
        return None

    def lives_here(self, instruction: Instruction) -> bool:  # noqa: ARG002 - the port has it
        """It outlives this process."""
        return False

    def clean_up(self, instructions: Sequence[Instruction]) -> dict[Instruction, ChallengeError]:
        """Run the program with `cleanup` for each, also after one has failed."""
        return failures_of(instructions, lambda each: self._run(CLEANUP, each))

    def close(self) -> None:
        """Do nothing: no program runs longer than its action."""

    def _run(self, action: str, instruction: Instruction) -> None:
        check_instruction(instruction)
        program, *arguments = self._method.command
        path = program_path(program, self._root)
        about = f"`{program} {action}` for {instruction.challenge_type} of {instruction.identifier}"
        try:
            failure = run(
                [path, *arguments, action],
                folder=self._root,
                environment=_inherited(self._withheld) | _variables(action, instruction),
                seconds=self._method.timeout.total_seconds(),
            )
        except ChallengeError as error:
            raise ChallengeError(f"{about}: {error}") from error
        if failure:
            raise ChallengeError(f"{about}: {failure}")


def program_path(program: str, root: Path) -> str:
    """Return a program as `subprocess` is to look for it: a path with a slash counts from the tree's root."""
    # It would be looked for from the folder that we are in ourselves.
    return str(root.absolute() / program) if "/" in program else program


def _inherited(withheld: frozenset[str]) -> dict[str, str]:
    # What another run, that this one is a part of, has set for its type of challenge is not ours to hand on.
    return {
        name: value
        for name, value in os.environ.items()
        if name not in _OF_ONE_TYPE | withheld and not is_identity(name, value)
    }


def _variables(action: str, instruction: Instruction) -> dict[str, str]:
    variables = {
        "ACTION": action,
        "CHALLENGE_TYPE": instruction.challenge_type.value,
        "IDENTIFIER": instruction.identifier.base,
        "TOKEN": instruction.token,
        "KEY_AUTHORIZATION": instruction.key_authorization,
        "CERTIFICATE_NAME": instruction.certificate_name,
        "ORDER_ID": instruction.order_id,
        **_explained(instruction),
    }
    return {f"RECONCILER_{name}": value for name, value in variables.items()}


def _explained(instruction: Instruction) -> dict[str, str]:
    explanation = explain(instruction)
    match explanation:
        case HttpInstruction():
            return {"URL": explanation.url}
        case DnsInstruction():
            return {"RECORD_NAME": explanation.name, "RECORD_VALUE": explanation.value}
        case TlsAlpnInstruction():
            return {"SERVER_NAME": explanation.server_name}
        case _:
            assert_never(explanation)
