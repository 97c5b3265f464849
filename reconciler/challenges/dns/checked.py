"""Whether what somebody publishes can be seen: asked of the zone's servers, within a time limit."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from reconciler.challenges.dns.port import TxtRecord
from reconciler.challenges.instructions import dns_instruction
from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.challenges.dns.lookups import Lookups
    from reconciler.challenges.port import Fulfiller
    from reconciler.model.dns_provider import Propagation
    from reconciler.model.instruction import Instruction


LONGER = (
    "set a longer `propagation: {timeout: ...}` or other servers to ask, `nameservers: [...]`, in the DNS "
    "provider's file or under `dns` in the settings"
)
"""What to do about a record that is not seen in time."""


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
        f"the TXT record at {record.name} is not visible everywhere, {limit:.0f} s after this run published "
        f"it: {missing}. It stays there: try again later, or {LONGER}"
    )


class PropagationChecked:
    """Records that something else publishes, a program for one: looked for before the CA is told.

    Safe for threads as far as that is.
    """

    def __init__(
        self,
        inner: Fulfiller,
        propagation: Propagation,
        lookups: Lookups,
        monotonic: Callable[[], float],
    ) -> None:
        """Check what `inner` publishes; for the others see `ProviderFulfiller`."""
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

    def lives_here(self, instruction: Instruction) -> bool:
        """Say whether it ends with this process."""
        return self._inner.lives_here(instruction)

    def clean_up(self, instructions: Sequence[Instruction]) -> Mapping[Instruction, ChallengeError]:
        """Have it removed."""
        return self._inner.clean_up(instructions)

    def close(self) -> None:
        """End what publishes."""
        self._inner.close()
