"""What every publisher of records has to do, whoever the provider is."""

from __future__ import annotations

import socket
import threading
import time
import traceback
from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from reconciler.challenges.dns.port import TxtRecord
from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.challenges.dns.port import RecordPublisher

ZONE = "example.com"
NAME = "_acme-challenge.example.com"
OURS = TxtRecord(NAME, "ours-_1" * 6)
SECOND = TxtRecord(NAME, "second-_2" * 4)
TTL = 60
SECRET = "c2VjcmV0/that+nobody=must&see"


class Rig(ABC):
    """A provider that runs, with the zone `example.com` in it."""

    requests_for_many: int
    """How many changes it may take to change twenty names."""

    @abstractmethod
    def publisher(self) -> RecordPublisher:
        """Return one that works, its time to live is `TTL`."""

    @abstractmethod
    def publisher_of_nobody(self) -> RecordPublisher:
        """Return one with credentials that the provider does not accept; `SECRET` is in them."""

    @abstractmethod
    def publisher_into_the_void(self, port: int) -> RecordPublisher:
        """Return one that asks a server which does not answer, without much patience."""

    @abstractmethod
    def put(self, name: str, values: list[str], ttl: int) -> None:
        """Make a record set, by another way than ours."""

    @abstractmethod
    def get(self, name: str) -> tuple[set[str], int] | None:
        """Return plain values and time to live, by another way than ours."""

    @property
    @abstractmethod
    def changes(self) -> int:
        """How many changes the provider was asked to make since it started, by whomever."""


class PublisherContract:
    """The tests; a subclass gives the fixture `rig`."""

    def test_a_record_comes_and_goes(self, rig: Rig) -> None:
        publisher = rig.publisher()
        publisher.change(ZONE, [OURS], [])
        assert rig.get(NAME) == ({OURS.value}, TTL)
        publisher.change(ZONE, [], [OURS])
        assert rig.get(NAME) is None

    def test_what_is_there_is_not_added_twice(self, rig: Rig) -> None:
        rig.publisher().change(ZONE, [OURS], [])
        changes = rig.changes
        rig.publisher().change(ZONE, [OURS], [])
        assert rig.get(NAME) == ({OURS.value}, TTL)
        assert rig.changes == changes

    def test_a_name_and_its_wildcard_share_a_record_set(self, rig: Rig) -> None:
        publisher = rig.publisher()
        publisher.change(ZONE, [OURS, SECOND], [])
        assert rig.get(NAME) == ({OURS.value, SECOND.value}, TTL)
        publisher.change(ZONE, [], [OURS])
        assert rig.get(NAME) == ({SECOND.value}, TTL)

    def test_one_comes_as_another_goes(self, rig: Rig) -> None:
        publisher = rig.publisher()
        publisher.change(ZONE, [OURS], [])
        publisher.change(ZONE, [SECOND], [OURS])
        assert rig.get(NAME) == ({SECOND.value}, TTL)

    def test_values_of_others_stay(self, rig: Rig) -> None:
        publisher = rig.publisher()
        rig.put(NAME, ["of somebody else", "another"], 300)
        publisher.change(ZONE, [OURS], [])
        assert rig.get(NAME) == ({"of somebody else", "another", OURS.value}, 300)
        publisher.change(ZONE, [], [OURS])
        assert rig.get(NAME) == ({"of somebody else", "another"}, 300)

    def test_what_is_not_there_is_removed_all_the_same(self, rig: Rig) -> None:
        changes = rig.changes
        rig.publisher().change(ZONE, [], [OURS])
        assert rig.changes == changes
        rig.put(NAME, ["of somebody else"], 300)
        rig.publisher().change(ZONE, [], [OURS])
        assert rig.get(NAME) == ({"of somebody else"}, 300)

    def test_nothing_asks_nobody(self, rig: Rig) -> None:
        with silent_server() as port:
            rig.publisher_into_the_void(port).change(ZONE, [], [])

    def test_the_zone_itself_can_have_a_record(self, rig: Rig) -> None:
        record = TxtRecord(ZONE, "at the top")
        rig.publisher().change(ZONE, [record], [])
        assert rig.get(ZONE) == ({"at the top"}, TTL)

    def test_many_names_in_one_call(self, rig: Rig) -> None:
        records = [TxtRecord(f"_acme-challenge.host-{number}.{ZONE}", f"v{number}") for number in range(20)]
        publisher = rig.publisher()
        changes = rig.changes
        publisher.change(ZONE, records, [])
        assert rig.changes - changes <= rig.requests_for_many
        for record in records:
            assert rig.get(record.name) == ({record.value}, TTL)
        changes = rig.changes
        publisher.change(ZONE, [], records)
        assert rig.changes - changes <= rig.requests_for_many
        for record in records:
            assert rig.get(record.name) is None

    def test_threads_do_not_undo_each_other(self, rig: Rig) -> None:
        publisher = rig.publisher()
        values = [f"value-{number}" for number in range(6)]
        threads = [
            threading.Thread(target=publisher.change, args=(ZONE, [TxtRecord(NAME, value)], []))
            for value in values
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert rig.get(NAME) == (set(values), TTL)

    def test_access_is_checked_without_a_change(self, rig: Rig) -> None:
        changes = rig.changes
        rig.publisher().check_access(ZONE)
        assert rig.changes == changes

    def test_a_zone_that_is_not_there_is_named(self, rig: Rig) -> None:
        publisher = rig.publisher()
        with pytest.raises(ChallengeError, match=r"example\.org"):
            publisher.check_access("example.org")
        with pytest.raises(ChallengeError, match=r"example\.org"):
            publisher.change("example.org", [TxtRecord("_acme-challenge.example.org", "v")], [])

    def test_credentials_that_are_refused_are_not_shown(self, rig: Rig) -> None:
        publisher = rig.publisher_of_nobody()
        with pytest.raises(ChallengeError, match=r"credentials|options") as checking:
            publisher.check_access(ZONE)
        with pytest.raises(ChallengeError, match=r"credentials|options") as changing:
            publisher.change(ZONE, [OURS], [])
        # Neither in the message, nor in what it was made of.
        for caught in (checking, changing):
            assert SECRET not in "".join(traceback.format_exception(caught.value))
        assert SECRET not in repr(publisher)

    def test_a_server_that_does_not_answer_holds_up_for_a_bounded_time(self, rig: Rig) -> None:
        with silent_server() as port:
            publisher = rig.publisher_into_the_void(port)
            start = time.monotonic()
            with pytest.raises(ChallengeError, match="answer"):
                publisher.change(ZONE, [OURS], [])
            with pytest.raises(ChallengeError, match="answer"):
                publisher.check_access(ZONE)
            assert time.monotonic() - start < 15


@contextmanager
def silent_server() -> Iterator[int]:
    """Take connections, and never say anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        yield listener.getsockname()[1]
