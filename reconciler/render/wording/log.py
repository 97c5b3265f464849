"""The words for the log of what was done. What it says is a file's: anything can stand there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reconciler.model.encryption import recipient_label
from reconciler.model.log import Flaw, LogEvent
from reconciler.render.text import clean, count

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.model.log import LogEntry, Verification

_SHORT_COMMIT = 7

Facts = Mapping[str, Any]


def entry_subject(entry: LogEntry) -> str:
    """Return what an entry is about: `shop/www`, `account letsencrypt`, `run`."""
    for name, prefix in (("certificate", ""), ("account", "account ")):
        if name in entry.facts and (name == "certificate" or "certificate" not in entry.facts):
            return f"{prefix}{clean(entry.facts[name])}"
    if entry.event in (LogEvent.KEYS_REENCRYPTED, LogEvent.KEYS_FAILED):
        return "private keys"
    return "run" if entry.event in (LogEvent.RUN_STARTED, LogEvent.RUN_ENDED) else "-"


def entry_text(entry: LogEntry) -> str:
    """Return what was done, without what it is about; of what only a later version knows, its name."""
    facts = entry.facts
    say = _TEXTS.get(entry.event)
    text = say(facts) if say else clean(entry.event).replace("_", " ")
    order = f" (order {clean(facts['order_id'])})" if "order_id" in facts else ""
    return f"{text}{order}"


def requester_of(facts: Facts) -> str:
    """Return who asked for an order, where an entry says it: `, asked for by ...`."""
    who = facts.get("requester")
    if not isinstance(who, Mapping):
        return ""
    commit = f"in commit {_word(who, 'commit')[:_SHORT_COMMIT]}"
    if who.get("proved") is True:
        key = f"signed with {_word(who, 'fingerprint')}, proved"
        return f", asked for by {_word(who, 'entity_name')} {commit} ({key})"
    author = f"{_word(who, 'author_name')} <{_word(who, 'author_email')}>"
    return f", asked for by {author} {commit} (not proved)"


def verification_text(found: Verification) -> str:
    """Return in a sentence whether the log is as it was written."""
    if not found.problems:
        return f"{clean(found.path)} is whole: {count(found.lines, 'entry', 'entries')}"
    first = found.problems[0]
    if first.flaw is Flaw.NOT_THERE:
        return f"{clean(found.path)} fits together, and is not the log that is expected"
    return f"{clean(found.path)} is not as it was written, from line {first.line} on"


def flaw_text(flaw: Flaw) -> str:
    """Return what is wrong with a line."""
    return {
        Flaw.TORN: "it is not written to its end: a run is just writing it, or was ended in the middle. "
        "Then the next run that writes puts an entry in its place that says so",
        Flaw.UNREADABLE: "it is no entry of this log",
        Flaw.NEWER_FORMAT: "a newer version has written it: update this one to read it",
        Flaw.ALTERED: "it is not what was written: something in it was altered",
        Flaw.OUT_OF_PLACE: "it does not follow the line before it: lines were removed, added, moved or made "
        "anew there",
        Flaw.OTHER_LINEAGE: "it does not begin the log of this state: lines before it were removed, or it is "
        "another state's",
        Flaw.NOT_THERE: "no line has the hash that is expected: lines at the end were removed, or the log "
        "was made anew",
    }[flaw]


def _started(facts: Facts) -> str:
    actor = f", started by {clean(facts['actor'])}" if "actor" in facts else ""
    commit = ""
    if "commit" in facts:
        changes = " with changes" if facts.get("is_modified") is True else ""
        commit = f", tree at commit {_word(facts, 'commit')[:_SHORT_COMMIT]}{changes}"
    url = f", {clean(facts['run_url'])}" if "run_url" in facts else ""
    return f"{_word(facts, 'command')} by {_word(facts, 'user')}@{_word(facts, 'host')}{actor}{commit}{url}"


def _ended(facts: Facts) -> str:
    done = facts.get("done")
    counted = done.items() if isinstance(done, Mapping) else ()
    what = ", ".join(f"{clean(event).replace('_', ' ')}: {clean(number)}" for event, number in counted)
    return f"ended with {_word(facts, 'exit_code')}{what and f'; {what}'}"


def _submitted(facts: Facts) -> str:
    reasons = facts.get("reasons")
    why = f" (reason: {', '.join(map(clean, reasons))})" if isinstance(reasons, list) and reasons else ""
    return f"ordered through account {_word(facts, 'account')}{why}{requester_of(facts)}"


def _fulfilled(facts: Facts) -> str:
    which = f" for {clean(facts['identifier'])}" if "identifier" in facts else ""
    return f"people say that its challenges are fulfilled{which}"


def _revoked(facts: Facts) -> str:
    already = "; it was so before" if facts.get("already") is True else ""
    return f"revoked {_word(facts, 'serial_number')} ({_word(facts, 'reason')}){already}"


def _reencrypted(facts: Facts) -> str:
    recipients = facts.get("recipients")
    number = f"{_word(facts, 'number')} of them"
    if not isinstance(recipients, list) or not recipients:
        return f"{number} are in clear now"
    return f"{number} encrypted for {', '.join(clean(recipient_label(str(each))) for each in recipients)}"


def _failed(what: str) -> Callable[[Facts], str]:
    return lambda facts: f"{what}: {_problem(facts)}"


def _problem(facts: Facts) -> str:
    problem = facts.get("problem")
    return _word(problem, "detail") if isinstance(problem, Mapping) else "?"


def _torn(facts: Facts) -> str:
    return f"a line of {_word(facts, 'length')} bytes was not written to its end: {_word(facts, 'text')}"


def _word(facts: Facts, name: str) -> str:
    return clean(facts.get(name, "?"))


_TEXTS: Mapping[str, Callable[[Facts], str]] = {
    LogEvent.RUN_STARTED: _started,
    LogEvent.RUN_ENDED: _ended,
    LogEvent.ACCOUNT_REGISTERED: lambda facts: f"registered as {_word(facts, 'account_url')}",
    LogEvent.ACCOUNT_UPDATED: lambda _: "updated",
    LogEvent.ACCOUNT_KEY_ROTATED: lambda facts: (
        f"key version {_word(facts, 'new_active_key_version')} ({_word(facts, 'key_type')}) has taken the "
        f"place of version {_word(facts, 'old_active_key_version')}"
    ),
    LogEvent.ACCOUNT_DEACTIVATED: lambda _: "deactivated",
    LogEvent.ACCOUNT_IMPORTED: lambda facts: f"taken over: {_word(facts, 'account_url')}",
    LogEvent.ACCOUNT_FAILED: _failed("failed"),
    LogEvent.ORDER_SUBMITTED: _submitted,
    LogEvent.ORDER_AWAITS_PEOPLE: lambda _: "waits for people to fulfil challenges",
    LogEvent.ORDER_FULFILLED: _fulfilled,
    LogEvent.ORDER_RETRIED: lambda _: "to be tried again, as people say",
    LogEvent.ORDER_CANCELLED: lambda _: "cancelled",
    LogEvent.ORDER_ABANDONED: lambda _: "abandoned; nobody asks for it any more",
    LogEvent.CERTIFICATE_ISSUED: lambda facts: (
        f"issued {_word(facts, 'serial_number')} until {_word(facts, 'not_after')}"
    ),
    LogEvent.CERTIFICATE_DELIVERED: lambda _: "files written again",
    LogEvent.CERTIFICATE_REVOKED: _revoked,
    LogEvent.CERTIFICATE_FORGOTTEN: lambda _: "forgotten",
    LogEvent.CERTIFICATE_FAILED: _failed("failed"),
    LogEvent.DELIVERY_FAILED: _failed("files could not be written"),
    LogEvent.CLEAN_UP_FAILED: _failed("what it presented could not be taken away"),
    LogEvent.KEYS_REENCRYPTED: _reencrypted,
    LogEvent.KEYS_FAILED: _failed("some are as they were"),
    LogEvent.TORN_LINE: _torn,
}
