from __future__ import annotations

from msgspec.structs import replace

from reconciler.render.provider_trial import trial_text
from tests.unit.render.dns_samples import trial

BAD = "x\x1b]0;owned\x07\r\n::error::forged"


def test_the_result_of_a_trial() -> None:
    failed = replace(trial(), success=False, message="the name server refuses")
    assert trial_text(trial()).startswith("DNS provider bind (rfc2136) works\n")
    shown = trial_text(failed)
    assert shown.startswith("DNS provider bind (rfc2136) does not work\n")
    assert "\n  zone    www.example.com\n  result  the name server refuses\n" in shown


def test_nothing_hostile_comes_through() -> None:
    shown = trial_text(trial(BAD))
    assert "owned" in shown
    assert shown.replace("\n", "").isprintable()
    assert "\n::error" not in shown
