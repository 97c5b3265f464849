"""Whether what somebody publishes can be seen: asked of the zone's servers, within a time limit."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from reconciler.challenges.dns.port import TxtRecord
from reconciler.challenges.instructions import dns_instruction
from reconciler.errors import ChallengeError
from reconciler.orders.standing import stands

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from reconciler.challenges.dns.lookups import Lookups
    from reconciler.challenges.port import Fulfiller
    from reconciler.model.dns_provider import Propagation
    from reconciler.model.instruction import Instruction


def still_missing(
    lookups: Lookups, propagation: Propagation, zone: str, record: TxtRecord, waited: float
) -> str | None:
    """Return which servers of a zone lack a record; None once all have it, or where nobody is to look.

    Args:
        lookups: asks.
        propagation: how long it may take, and whether to look at all.
        zone: of the record.
        record: that was published.
        waited: seconds since then.

    Raises:
        ChallengeError: it takes longer than it may; names the servers.
    """
    if propagation.skip:
        return None
    missing = lookups.missing(zone, record)
    limit = propagation.timeout.total_seconds()
    if missing is None or waited < limit:
        return missing
    raise ChallengeError(
        f"{limit:.0f} s after it was published, the TXT record at {record.name} is not seen everywhere: "
        f"{missing}; the CA was not told. Run apply again, or give it more time or other servers to ask: "
        "`propagation: {timeout: ..., nameservers: [...]}`"
    )


class Watched:
    """Records that something else publishes, a program for one: looked for before the CA is told.

    Safe for threads as far as that is.
    """

    lives_here = False

    def __init__(
        self,
        inner: Fulfiller,
        propagation: Propagation,
        lookups: Lookups,
        monotonic: Callable[[], float],
    ) -> None:
        """Watch what `inner` publishes; for the others see `ProviderFulfiller`."""
        self._inner = inner
        self._propagation = propagation
        self._lookups = lookups
        self._monotonic = monotonic
        self._presented: dict[TxtRecord, float] = {}
        self._noting = threading.Lock()

    def present(self, instruction: Instruction) -> None:
        """Have it published."""
        self._inner.present(instruction)
        dns = dns_instruction(instruction)
        with self._noting:
            self._presented[TxtRecord(dns.name, dns.value)] = self._monotonic()

    def missing(self, instruction: Instruction) -> str | None:
        """Return who does not have the record yet."""
        dns = dns_instruction(instruction)
        with self._noting:
            presented = self._presented.get(TxtRecord(dns.name, dns.value), self._monotonic())
        if self._propagation.skip:
            return None
        name = self._lookups.canonical_name(dns.name)
        waited = self._monotonic() - presented
        zone = self._lookups.zone_of(name)
        return still_missing(self._lookups, self._propagation, zone, TxtRecord(name, dns.value), waited)

    def clean_up(self, instructions: Sequence[Instruction]) -> None:
        """Have it removed."""
        self._inner.clean_up(instructions)

    def close(self) -> None:
        """End what publishes."""
        self._inner.close()


class StandingRecords:
    """dns-persist-01 by a record that stands already: nothing is published and nothing removed."""

    lives_here = False

    def __init__(self, lookups: Lookups, now: Callable[[], datetime]) -> None:
        """Ask `lookups`; `now` is the time, for records that hold until one."""
        self._lookups = lookups
        self._now = now

    def present(self, instruction: Instruction) -> None:
        """Nothing is to be done."""

    def missing(self, instruction: Instruction) -> str | None:
        """Return that the record is not there any more."""
        if self.stands(instruction):
            return None
        dns = dns_instruction(instruction)
        return f'the standing TXT record at {dns.name} is not there: "{dns.value}"'

    def stands(self, instruction: Instruction) -> bool:
        """Say whether the record is there."""
        name = dns_instruction(instruction).name
        return any(
            stands(
                value,
                instruction.identifier,
                instruction.account_url,
                instruction.issuer_domain_names,
                self._now(),
            )
            for value in self._lookups.text_values(name)
        )

    def clean_up(self, instructions: Sequence[Instruction]) -> None:
        """It is to stay."""

    def close(self) -> None:
        """There is nothing to end."""
