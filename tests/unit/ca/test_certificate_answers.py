from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reconciler.ca import certificate_answers
from reconciler.ca.failures import GarbledAnswerError
from reconciler.ca.port import ChainAnswer, RenewalAnswer
from reconciler.errors import ProtocolError
from reconciler.model.renewal import RenewalWindow
from tests.unit.ca.clock import NOW
from tests.unit.ca.test_answers import answer

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
START, END = "2026-03-01T12:00:00Z", "2026-03-02T13:00:00.5+01:00"
WINDOW = RenewalWindow(NOW, NOW + timedelta(days=1, milliseconds=500))


def suggested(start: object = START, end: object = END, **more: object) -> dict[str, Any]:
    return {"suggestedWindow": {"start": start, "end": end}, **more}


def test_a_chain_is_text() -> None:
    assert certificate_answers.chain(answer(PEM.encode())) == ChainAnswer(PEM)
    for body in (b"", b"{}", b"\xff-----BEGIN CERTIFICATE-----"):
        with pytest.raises(GarbledAnswerError, match="no certificate chain"):
            certificate_answers.chain(answer(body))


def test_a_chain_has_alternates() -> None:
    got = certificate_answers.chain(answer(PEM.encode(), Link='</2>;rel="alternate", </x>;rel="index"'))
    assert got.alternates == ("https://ca.example/2",)


def test_a_window() -> None:
    got = certificate_answers.renewal_info(answer(suggested(), Retry_After="21600"), NOW)
    assert got == RenewalAnswer(WINDOW, NOW + timedelta(hours=6))
    assert certificate_answers.renewal_info(answer(suggested()), NOW).retry_after is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ca.example/why", "https://ca.example/why"),
        ("HTTP://ca.example/why", "HTTP://ca.example/why"),
        ("https://ca.example/\x1b[2J", "https://ca.example/ [2J"),
        ("javascript:alert(1)", None),
        ("https://ca.example/" + "x" * 500, None),
        (5, None),
        (None, None),
    ],
)
def test_why_a_certificate_is_to_be_renewed_is_for_people(url: object, shown: str | None) -> None:
    window = certificate_answers.renewal_info(answer(suggested(explanationURL=url)), NOW).window
    assert window is not None
    assert window.explanation_url == shown


@pytest.mark.parametrize("end", [START, "2026-03-01T11:59:59Z"])
def test_an_end_that_is_not_after_its_start_makes_no_window(end: str) -> None:
    got = certificate_answers.renewal_info(answer(suggested(end=end), Retry_After="60"), NOW)
    assert got == RenewalAnswer(None, NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "`suggestedWindow` is missing"),
        ({"suggestedWindow": "soon"}, "`suggestedWindow` is not an object"),
        (suggested(start=None), "`suggestedWindow.start` is missing"),
        (suggested(end="0001-01-01T00:00:00Z"), "`suggestedWindow.end` is missing"),
        (suggested(end="tomorrow"), "`suggestedWindow.end` is no time"),
        (suggested(end=5), "`suggestedWindow.end` is not a text"),
    ],
)
def test_what_is_no_renewal_information(body: object, message: str) -> None:
    with pytest.raises(ProtocolError, match=message):
        certificate_answers.renewal_info(answer(body), NOW)


def test_renewal_information_that_is_not_the_cas() -> None:
    for body, message in ((b"<html>", "is not JSON"), ([], "no object")):
        with pytest.raises(GarbledAnswerError, match=message):
            certificate_answers.renewal_info(answer(body), NOW)
