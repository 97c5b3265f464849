"""Where a record belongs: behind which CNAMEs, and in which zone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.challenges.dns.lookup import SPLIT_HORIZON, text
from reconciler.challenges.dns.shared import Once
from reconciler.errors import ChallengeError
from reconciler.policy.suffixes import is_public_suffix

if TYPE_CHECKING:
    from reconciler.challenges.dns.lookup import Answer, Lookup

_MAX_CNAMES = 8
# A target comes from whoever runs a zone on the way, and goes on to the APIs of providers.
_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")


class ZoneFinder:
    """Finds names and zones, each once in a run. Safe for threads.

    Names are absolute, in lower case, without the dot at their end.
    """

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._aliases: Once[Answer] = Once()
        self._starts: Once[Answer] = Once()

    def canonical_name(self, name: str) -> str:
        """Return where the CA will look in the end for a record of `name`: CNAMEs are followed.

        They are asked for one by one: a server that knows only a part of them then helps as well, and a
        target that does not exist yet is found all the same.

        Raises:
            ChallengeError: they go in a circle, are too many, or nobody answers.
        """
        passed = [name]
        while targets := self._alias(passed[-1]).records:
            target = text(targets[0].target)
            if not _NAME.fullmatch(target):
                raise ChallengeError(
                    f"the CNAME of {passed[-1]} leads to `{target}`, which is no host's name"
                )
            if target in passed or len(passed) > _MAX_CNAMES:
                why = "lead in a circle" if target in passed else f"are more than {_MAX_CNAMES}"
                raise ChallengeError(
                    f"the CNAMEs at {name} {why} ({' to '.join([*passed, target])}): correct them"
                )
            passed.append(target)
        return passed[-1]

    def zone_of(self, name: str) -> str:
        """Return the zone that `name` is in, whether it exists or not; for a canonical name.

        The zone is where an SOA record is (RFC 1034 section 4.2), not a count of labels: between a name and
        its zone there may be names without any record.

        Raises:
            ChallengeError: there is none, or nobody answers.
        """
        answer = self._alias(name)
        zone = None if answer.records else answer.zone
        # Some resolvers leave the SOA out of negative answers; then each name above is asked for its own.
        zone = zone or self._climb(name)
        if zone != name and is_public_suffix(zone):
            self._must_exist(name, zone)
        return zone

    def _alias(self, name: str) -> Answer:
        return self._aliases.get(name, lambda: self._lookup.ask(name, "CNAME"))

    def _start(self, name: str) -> Answer:
        return self._starts.get(name, lambda: self._lookup.ask(name, "SOA"))

    def _climb(self, name: str) -> str:
        rest = name
        while rest:
            answer = self._start(rest)
            if answer.owner == rest and (answer.records or answer.zone):
                return rest if answer.records else str(answer.zone)
            rest = rest.partition(".")[2]
        raise self._error(name, "no zone")

    def _must_exist(self, name: str, zone: str) -> None:
        """Tell a name that nobody has registered from one in the zone of a registry itself."""
        labels = name.removesuffix(f".{zone}").split(".")
        registered = f"{labels[-1]}.{zone}"
        if not self._start(registered).exists:
            raise self._error(name, f"{registered} does not exist, and so no zone")

    def _error(self, name: str, what: str) -> ChallengeError:
        return ChallengeError(
            f"{what} was found for {name} by asking {self._lookup.whom()}; is the name right?"
            f" And {SPLIT_HORIZON}"
        )
