"""What the libraries say, and their absence."""

from __future__ import annotations

import logging
import sys
from urllib.parse import quote

import pytest

from reconciler.challenges.dns.azure_dns import AzureDnsPublisher
from reconciler.challenges.dns.libraries import library, shown
from reconciler.challenges.dns.route53 import Route53Publisher
from reconciler.errors import ChallengeError
from reconciler.model.dns_provider import AzureDns, Route53
from tests.unit.challenges.dns.contract import SECRET, ZONE


def test_a_library_that_is_missing_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3.session", None)
    with pytest.raises(ChallengeError, match=r"pip install 'boto3"):
        Route53Publisher(Route53(), 60).check_access(ZONE)
    monkeypatch.setitem(sys.modules, "azure.mgmt.dns", None)
    with pytest.raises(ChallengeError, match=r"pip install 'azure-identity"):
        AzureDnsPublisher(AzureDns("subscription", "group"), 60).check_access(ZONE)


def test_what_a_library_logs_is_not_heard(caplog: pytest.LogCaptureFixture) -> None:
    with library("extra", "noisy"):
        logging.getLogger("noisy.part").error("secret")
    assert caplog.records == []


@pytest.mark.parametrize("form", [SECRET, quote(SECRET), quote(SECRET, safe=""), repr(SECRET)])
def test_a_secret_is_not_shown_in_any_form(form: str) -> None:
    said = shown(f"refused: {form}!", [None, "", SECRET])
    assert said.startswith("refused: ")
    assert "***" in said
    assert form.strip("'") not in said


def test_of_two_secrets_the_longer_goes_first() -> None:
    assert shown("long-secret", ["long", "long-secret"]) == "***"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at https://api.test/?key=1 now", "at (URL) now"),
        ("two\nlines\x1b[31m", "two lines [31m"),
        ("x" * 400, "x" * 299 + "…"),
    ],
)
def test_what_is_shown_is_one_short_line_without_a_url(text: str, expected: str) -> None:
    assert shown(text) == expected
