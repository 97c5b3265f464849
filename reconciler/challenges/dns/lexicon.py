"""DNS records through the many services that the library dns-lexicon knows."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from reconciler.challenges.dns.lexicon_api import errors_turned, new_provider, within
from reconciler.challenges.dns.record_sets import plain
from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lexicon.interfaces import Provider

    from reconciler.challenges.dns.port import TxtRecord
    from reconciler.model.dns_provider import Lexicon


class LexiconPublisher:
    """Records through one of the library's providers, one after the other: it has nothing for many.

    The library reads and writes in two steps, so two programs that change the same name at the same moment
    may undo each other's change. Not so two threads of one publisher.
    """

    def __init__(
        self, service: Lexicon, ttl: int, options: Mapping[str, str], *, timeout: float = 30
    ) -> None:
        """Ask nobody yet.

        Args:
            service: what the tree says.
            ttl: of new records, in seconds.
            options: those of the service, with each secret in its place.
            timeout: of each of the library's calls, in seconds.
        """
        self._service = service
        self._ttl = ttl
        self._options = dict(options)
        self._timeout = timeout
        self._lock = threading.Lock()

    def change(self, zone: str, add: Sequence[TxtRecord], remove: Sequence[TxtRecord]) -> None:
        """Add values that are not there, then remove values that are."""
        if not add and not remove:
            return
        with self._lock, errors_turned(self._service.provider, self._options, zone):
            provider = self._authenticated(zone)
            for record in dict.fromkeys(add):
                within(self._timeout, partial(_create, provider, record))
            for record in dict.fromkeys(remove):
                within(self._timeout, partial(_delete, provider, record))

    def check_access(self, zone: str) -> None:
        """See whether the provider knows the zone; not if it may be changed."""
        with self._lock, errors_turned(self._service.provider, self._options, zone):
            self._authenticated(zone)

    def _authenticated(self, zone: str) -> Provider:
        provider = new_provider(self._service.provider, self._options, zone, self._ttl)
        within(self._timeout, provider.authenticate)
        return provider


def _create(provider: Provider, record: TxtRecord) -> None:
    if not _is_there(provider, record) and not provider.create_record("TXT", record.name, record.value):
        raise ChallengeError(
            f"the provider {provider.provider_name} did not make the TXT record {record.name}"
        )


def _delete(provider: Provider, record: TxtRecord) -> None:
    # Some providers take one that is not there as an error, and some take the name's others away then.
    if _is_there(provider, record) and not provider.delete_record(None, "TXT", record.name, record.value):
        raise ChallengeError(
            f"the provider {provider.provider_name} did not remove the TXT record {record.name}"
        )


def _is_there(provider: Provider, record: TxtRecord) -> bool:
    """Look for the value among all of the name: whether providers compare it with quotes, differs."""
    listed = provider.list_records("TXT", record.name, None)
    contents = [str(each.get("content", "")) for each in listed]
    return any(record.value in (content, plain(content)) for content in contents)
