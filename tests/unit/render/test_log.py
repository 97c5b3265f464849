from __future__ import annotations

import pytest
from msgspec.structs import replace

from reconciler.model.log import Flaw, FlawedLine, LogEntry, LogEvent, LogLine, Verification
from reconciler.render.log import log_document, render_log, render_verification, verification_document
from reconciler.render.wording.log import entry_text, flaw_text
from tests.unit.render.golden_files import golden
from tests.unit.render.log_samples import CLAIM, LINES, NOW, ORDER, SAMPLES
from tests.unit.render.output_schemas import check

WHOLE = Verification("state/events.jsonl", 812, "ab" * 32, ())


def test_each_kind_of_entry_is_a_line_for_people() -> None:
    assert {event for event, _ in SAMPLES} >= set(LogEvent)
    assert render_log(LINES) == golden("log")
    assert render_log([]) == "No entries.\n"


def test_entries_for_programs() -> None:
    document = log_document(LINES)
    check(document)
    submitted = document["entries"][8]
    assert (submitted["certificate"], submitted["account"], submitted["order_id"]) == (
        "shop/www",
        "le",
        ORDER,
    )
    assert submitted["facts"] == {"reasons": ["new"], "requester": CLAIM}
    assert submitted["line"] == 9


@pytest.mark.parametrize(
    "hostile", [None, 1, [], {}, [[]], {"a": {}}, "\x1b[2J\u202e", "x" * 100_000, True, 0.5]
)
def test_whatever_a_file_says_is_shown(hostile: object) -> None:
    for event, facts in SAMPLES:
        entry = LogEntry(NOW, "run", event, dict.fromkeys(facts, hostile))
        text = render_log([LogLine(1, entry, "")])
        assert text.count("\n") == 2
        assert "\x1b" not in text
        assert "\u202e" not in text
        check(log_document([LogLine(1, replace(entry, event="\x1b[2J"), "")]))
    assert "\x1b" not in entry_text(LogEntry(NOW, "run", "\x1b[2J", {}))


def test_a_log_that_is_whole() -> None:
    text = render_verification(WHOLE)
    assert text.startswith("state/events.jsonl is whole: 812 entries.\nThe last has the hash abab")
    assert render_verification(replace(WHOLE, lines=0, last_hash=None)) == (
        "state/events.jsonl is whole: 0 entries.\n"
    )
    document = verification_document(WHOLE)
    check(document)
    assert document["is_whole"] is True


def test_a_log_that_is_not_says_from_where_on_and_why() -> None:
    flaws = [flaw for flaw in Flaw if flaw is not Flaw.NOT_THERE]
    found = replace(WHOLE, problems=tuple(FlawedLine(number, flaw) for number, flaw in enumerate(flaws, 17)))
    lines = render_verification(found).splitlines()
    assert lines[0] == "state/events.jsonl is not as it was written, from line 17 on."
    assert lines[1:] == [f"  line {number}: {flaw_text(flaw)}" for number, flaw in enumerate(flaws, 17)]
    document = verification_document(found)
    check(document)
    assert [each["flaw"] for each in document["problems"]] == [str(flaw) for flaw in flaws]


def test_a_hash_that_is_not_there_is_about_no_line() -> None:
    found = replace(WHOLE, problems=(FlawedLine(812, Flaw.NOT_THERE),))
    assert render_verification(found) == (
        "state/events.jsonl fits together, and is not the log that is expected.\n"
        f"  {flaw_text(Flaw.NOT_THERE)}\n"
    )
    check(verification_document(found))


def test_of_many_flaws_some_are_shown() -> None:
    found = replace(WHOLE, problems=tuple(FlawedLine(number, Flaw.ALTERED) for number in range(1, 101)))
    assert render_verification(found).splitlines()[-1] == "  and 80 more"
