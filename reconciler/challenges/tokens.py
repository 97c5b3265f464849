"""What the CA names, checked before it touches a path, an argument, an environment or an answer.

Tokens and identifiers come from the CA, or from a record of the state, and either could be somebody else's
work. Whoever fulfils a challenge calls `check_instruction` first, and may then use every value as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.errors import ChallengeError, InvalidIdentifierError
from reconciler.model.identifier import parse_identifier
from reconciler.model.labels import LONGEST_NAME
from reconciler.model.role import ChallengeType
from reconciler.orders.choice import fits

if TYPE_CHECKING:
    from reconciler.model.identifier import Identifier
    from reconciler.model.instruction import Instruction

# base64url without padding (RFC 8555 section 8.3). Nobody says how long; the usual ones have 43 characters.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,256}")
# Of SHA-256 it has 43 characters (RFC 8555 section 8.1, RFC 7638).
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{1,128}")
# What RFC 8659 section 4.2 lets stand in a parameter's value: no blanks and no semicolon.
_URL = re.compile(r"https://[!-:<-~]{1,1000}")
_LONGEST_WILDCARD = LONGEST_NAME + len("*.")


def check_instruction(instruction: Instruction) -> None:
    """See to it that identifier, token and key authorization are what they have to be.

    Raises:
        ChallengeError: says which of them is not, without showing it.
    """
    identifier = instruction.identifier
    if not _is_canonical(identifier):
        raise ChallengeError(
            f"the order {instruction.order_id!r:.60} has a challenge for neither a name nor an address "
            "in its plain form; nothing was done for it"
        )
    if not fits(instruction.challenge_type, identifier):
        raise ChallengeError(f"{identifier} cannot be validated by {instruction.challenge_type}")
    if instruction.challenge_type is ChallengeType.DNS_PERSIST_01:
        _check_standing(instruction)
        return
    if not _TOKEN.fullmatch(instruction.token):
        raise ChallengeError(
            f"the CA's token for {identifier} has characters, or a length, that no token may have "
            "(RFC 8555 section 8.3); nothing was done with it"
        )
    token, _, thumbprint = instruction.key_authorization.partition(".")
    if token != instruction.token or not _THUMBPRINT.fullmatch(thumbprint):
        raise ChallengeError(
            f"the key authorization for {identifier} is not its token, a dot, and the thumbprint of a key "
            "(RFC 8555 section 8.1); nothing was done with it"
        )


def _check_standing(instruction: Instruction) -> None:
    """It has no token: its value is made of what the CA calls itself, and of the account's URL."""
    if not _URL.fullmatch(instruction.account_url):
        raise ChallengeError(
            f"the URL of the account for {instruction.identifier} cannot stand in a TXT record (RFC 8657 "
            "section 3); nothing was done with it"
        )


def _is_canonical(identifier: Identifier) -> bool:
    # First the length: nothing of a megabyte is looked at any closer.
    if len(identifier.value) > _LONGEST_WILDCARD:
        return False
    try:
        return parse_identifier(identifier.value) == identifier
    except InvalidIdentifierError:
        return False
