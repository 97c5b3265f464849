"""What stands in the DNS already: records that people have made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.challenges.dns.shared import Once
from reconciler.model.caa import CaaRecord

if TYPE_CHECKING:
    from reconciler.challenges.dns.lookup import Lookup


def text_values(lookup: Lookup, name: str) -> tuple[str, ...]:
    """Return the values of the TXT records at `name`, parts joined; CNAMEs are followed.

    Raises:
        ChallengeError: nobody answers.
    """
    found = lookup.ask(name, "TXT").records
    return tuple(b"".join(each.strings).decode(errors="replace") for each in found)


class CaaFinder:
    """Finds the CAA records that hold for names, each once in a run. Safe for threads."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._found: Once[tuple[CaaRecord, ...]] = Once()

    def caa_records(self, name: str) -> tuple[str, tuple[CaaRecord, ...]]:
        """Climb from `name` to the first name with such records (RFC 8659 section 3).

        Args:
            name: of the certificate, a wildcard as well.

        Returns:
            The name that has them, and the records; both empty where no name has any: everybody may issue.

        Raises:
            ChallengeError: nobody answers; a CA would not issue then, either.
        """
        rest = name.removeprefix("*.")
        while rest:
            if records := self._found.get(rest, lambda at=rest: self._ask(at)):  # type: ignore[misc]
                return rest, records
            rest = rest.partition(".")[2]
        return "", ()

    def _ask(self, name: str) -> tuple[CaaRecord, ...]:
        return tuple(
            CaaRecord(each.flags, each.tag.decode(errors="replace"), each.value.decode(errors="replace"))
            for each in self._lookup.ask(name, "CAA").records
        )
