from __future__ import annotations

import json
from typing import get_args

import pytest
import rfc8785

from reconciler.engine.log_facts import NOT_WRITTEN, said_of, short, who_facts
from reconciler.model import events
from reconciler.model.evidence import Requester
from reconciler.model.log import LogEvent
from reconciler.model.origin import CommitAuthor
from reconciler.model.problem import Problem
from tests.unit.render.samples import EVENTS
from tests.unit.values import NOW


def test_each_event_of_the_engine_is_written_or_said_not_to_be() -> None:
    samples = {type(event): event for event, _ in EVENTS}
    kinds = set(get_args(events.Event))
    assert kinds == samples.keys() | (kinds & NOT_WRITTEN)
    written = {kind for kind, event in samples.items() if said_of(event)}
    assert written == kinds - NOT_WRITTEN
    for event, _ in EVENTS:
        if said := said_of(event):
            name, facts = said
            assert name in LogEvent
            assert rfc8785.dumps(short(facts))


@pytest.mark.parametrize("kind", ["account", "certificate", "delivery"])
def test_a_failure_is_about_what_failed(kind: str) -> None:
    failed = events.ActionFailed("it", Problem("urn:x", "no\n good"), "order", NOW, kind)  # type: ignore[arg-type]
    said = said_of(failed)
    assert said is not None
    name, facts = said
    assert name == f"{kind}_failed"
    assert short(facts) == {
        "account" if kind == "account" else "certificate": "it",
        "order_id": "order",
        "problem": {"type": "urn:x", "detail": "urn:x: no good"},
        "retry_at": "2026-06-01T12:00:00Z",
    }


def test_facts_are_short_and_can_be_read() -> None:
    facts = short(
        {
            "none": None,
            "false": False,
            "true": True,
            "zero": 0,
            "text": "a\x1b[2J\u202e\ud800b",
            "long": "x" * 5000,
            "many": [f"{number}.example.com" for number in range(100)],
            "inner": {"proved": False, "left_out": None, "time": NOW},
        }
    )
    assert facts == {
        "true": True,
        "zero": 0,
        "text": "a\ufffd[2J\ufffd\ufffdb",
        "long": "x" * 1000 + "...",
        "many": [*(f"{number}.example.com" for number in range(20)), "80 more"],
        "inner": {"proved": False, "time": "2026-06-01T12:00:00Z"},
    }
    assert len(rfc8785.dumps(facts)) < 5000
    assert json.loads(rfc8785.dumps(facts)) == facts


def test_who_asked_is_proved_or_a_claim() -> None:
    assert who_facts(None) is None
    assert who_facts(CommitAuthor("c0ffee", "A. Person", "a@example.com")) == {
        "proved": False,
        "commit": "c0ffee",
        "author_name": "A. Person",
        "author_email": "a@example.com",
    }
    assert who_facts(Requester("c0ffee", "SHA256:abc", "id-1", "alice")) == {
        "proved": True,
        "commit": "c0ffee",
        "fingerprint": "SHA256:abc",
        "entity_id": "id-1",
        "entity_name": "alice",
    }
