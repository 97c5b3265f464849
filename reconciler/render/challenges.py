"""The challenges of one order: all that the CA offers, with what each would take to fulfil."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.model.order import Status
from reconciler.model.role import ChallengeType
from reconciler.orders.instructions import instruction_of
from reconciler.render.documents import Document, document
from reconciler.render.instructions import in_order, instruction_document, instruction_table, then
from reconciler.render.text import Paint, clean
from reconciler.render.wording import stage_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.account import Responder
    from reconciler.model.instruction import Instruction
    from reconciler.model.order import Order


@dataclass(frozen=True, slots=True)
class OfferedChallenge:
    """A challenge that the CA offers.

    Attributes:
        status: the CA's word for it.
        chosen: whether it is the one that is to be fulfilled.
        needed: whether the authorization is still to be had.
    """

    instruction: Instruction
    status: Status
    chosen: bool
    needed: bool


def offered_challenges(order: Order, responder: Responder) -> tuple[OfferedChallenge, ...]:
    """Return the challenges of an order, of the types that are known here.

    Args:
        order: with its authorizations read.
        responder: the account that the order was made through.
    """
    known = set(ChallengeType)
    return tuple(
        OfferedChallenge(
            instruction=instruction_of(order, authorization, challenge, responder),
            status=challenge.status,
            chosen=challenge.type == authorization.challenge_type,
            needed=authorization.status is Status.PENDING,
        )
        for authorization in order.authorizations
        for challenge in authorization.challenges
        if challenge.type in known and (challenge.token or challenge.issuer_domain_names)
    )


def to_fulfil(
    order: Order, challenges: Iterable[OfferedChallenge], *, all_types: bool = False
) -> list[Instruction]:
    """Return what is still to be done, sorted; with `all_types` for challenges not chosen as well."""
    return in_order(each.instruction for each in _pending(order, challenges) if all_types or each.chosen)


def challenges_document(order: Order, challenges: Sequence[OfferedChallenge]) -> Document:
    """Return challenges for programs."""
    entries = [
        instruction_document(each.instruction, each.status) | {"chosen": each.chosen} for each in challenges
    ]
    return document("challenges", order_id=order.order_id, order_status=order.stage, challenges=entries)


def render_challenges(
    order: Order,
    challenges: Sequence[OfferedChallenge],
    *,
    folder: str,
    all_types: bool = False,
    color: bool = False,
) -> str:
    """Return what is to be done for an order, for people.

    Args:
        order: whose challenges these are.
        challenges: those asked for.
        folder: of all instructions, as the reader would name it.
        all_types: whether to show those that are not chosen as well.
        color: whether to use colours.
    """
    paint = Paint(color)
    pending = _pending(order, challenges)
    shown = to_fulfil(order, challenges, all_types=all_types)
    written = {each.instruction for each in pending if each.chosen}
    if not shown:
        return f"Order {clean(order.order_id)} {stage_text(order.stage)}: there is nothing to fulfil.\n"
    others = sorted({str(each.instruction.challenge_type) for each in pending if not each.chosen})

    def folder_of(instruction: Instruction) -> str | None:
        return f"{folder}/{order.order_id}" if instruction in written else None

    lines = instruction_table(shown, folder_of, paint)
    if others and not all_types:
        hint = f"The CA offers {', '.join(others)} as well; --challenge-type shows what those take."
        lines += ["", paint.faint(hint)]
    another = {f" --challenge-type {each.challenge_type}" for each in shown if each not in written}
    which = clean(order.order_id) + (another.pop() if len(another) == 1 else "")
    return "\n".join([*lines, "", then(which)]) + "\n"


def _pending(order: Order, challenges: Iterable[OfferedChallenge]) -> list[OfferedChallenge]:
    return [each for each in challenges if order.is_open and each.needed and each.status is Status.PENDING]
