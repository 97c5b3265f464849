"""The challenges of one order: all that the CA offers, with what each would take to fulfil."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.order import Status
from reconciler.model.role import ChallengeType
from reconciler.orders.instructions import instruction_of
from reconciler.orders.methods import PlannedChallenge
from reconciler.render.documents import Document, document
from reconciler.render.instructions import in_order, instruction_document, instruction_table, then
from reconciler.render.text import Paint, clean, names
from reconciler.render.wording.methods import challenge_lines
from reconciler.render.wording.orders import stage_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.account import Responder
    from reconciler.model.instruction import Instruction
    from reconciler.model.order import Order


class Shown(Enum):
    """Which challenges are shown, of those that are still to be fulfilled."""

    FOR_PEOPLE = auto()
    """Those that people have to fulfil."""
    CHOSEN = auto()
    """Those that the program fulfils as well."""
    ALL = auto()
    """Those that are not chosen as well."""


class OfferedChallenge(Struct, frozen=True):
    """A challenge that the CA offers.

    Attributes:
        status: the CA's word for it.
        chosen: whether it is the one that is to be fulfilled.
        needed: whether the authorization is still to be had.
        by_hand: whether people are to fulfil a challenge of this authorization.
    """

    instruction: Instruction
    status: Status
    chosen: bool
    needed: bool
    by_hand: bool


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
            by_hand=authorization.by_hand,
        )
        for authorization in order.authorizations
        for challenge in authorization.challenges
        if challenge.type in known and (challenge.token or challenge.issuer_domain_names)
    )


def to_fulfil(order: Order, challenges: Iterable[OfferedChallenge], which: Shown) -> list[Instruction]:
    """Return what is still to be done, sorted."""
    return in_order(each.instruction for each in _pending(order, challenges) if _is_shown(each, which))


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
    which: Shown = Shown.FOR_PEOPLE,
    color: bool = False,
) -> str:
    """Return what is to be done for an order, for people.

    Args:
        order: whose challenges these are.
        challenges: those asked for.
        folder: of all instructions, as the reader would name it.
        which: of them to show.
        color: whether to use colours.
    """
    paint = Paint(color)
    pending = _pending(order, challenges)
    shown = to_fulfil(order, challenges, which)
    if not shown:
        return "\n".join(_nothing_to_do(order, pending)) + "\n"
    written = {each.instruction for each in pending if each.chosen and each.by_hand}

    def folder_of(instruction: Instruction) -> str | None:
        return f"{folder}/{order.order_id}" if instruction in written else None

    lines = instruction_table(shown, folder_of, paint)
    if others := _other_types(pending, shown):
        hint = f"The CA offers {', '.join(others)} as well; --challenge-type shows what those take."
        lines += ["", paint.faint(hint)]
    for_people = {each.instruction for each in pending if each.by_hand}
    another = {
        "" if each in written else f" --challenge-type {each.challenge_type}"
        for each in shown
        if each in for_people
    }
    if another:
        which_type = another.pop() if len(another) == 1 else ""
        lines += ["", then(clean(order.order_id) + which_type)]
    return "\n".join(lines) + "\n"


def _nothing_to_do(order: Order, pending: Sequence[OfferedChallenge]) -> list[str]:
    """Return that people have nothing to do, and who does what there is."""
    heading = f"Order {clean(order.order_id)} {stage_text(order.stage)}"
    chosen = [each.instruction for each in pending if each.chosen]
    if not chosen:
        return [f"{heading}: there is nothing to fulfil."]
    said = [each.identifier.text for each in chosen if each.by_hand]
    automatic = [
        PlannedChallenge(each.identifier, each.challenge_type, each.method)
        for each in chosen
        if not each.by_hand
    ]
    lines = [
        *challenge_lines(automatic),
        *([f"people have said that it is done: {names(said)}"] if said else []),
    ]
    return [
        f"{heading}: there is nothing for people to do.",
        *(f"  {line}" for line in lines),
        "--all shows the challenges.",
    ]


def _other_types(pending: Iterable[OfferedChallenge], shown: Sequence[Instruction]) -> list[str]:
    """Return the types that the CA offers for what is shown, but for those that are shown."""
    identifiers, types = ({each.identifier for each in shown}, {each.challenge_type for each in shown})
    offered = {
        each.instruction.challenge_type for each in pending if each.instruction.identifier in identifiers
    }
    return sorted(offered - types)


def _is_shown(challenge: OfferedChallenge, which: Shown) -> bool:
    match which:
        case Shown.FOR_PEOPLE:
            return challenge.chosen and challenge.by_hand and not challenge.instruction.fulfilled
        case Shown.CHOSEN:
            return challenge.chosen
        case Shown.ALL:
            return True


def _pending(order: Order, challenges: Iterable[OfferedChallenge]) -> list[OfferedChallenge]:
    return [each for each in challenges if order.is_open and each.needed and each.status is Status.PENDING]
