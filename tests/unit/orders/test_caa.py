"""What CAA records come to: the examples of RFC 8659 and RFC 8657, and what people write instead."""

from __future__ import annotations

import pytest

from reconciler.model.caa import CaaObjection, CaaRecord, CaaVerdict, Obstacle
from reconciler.orders.caa import CaaQuestion, judge_caa

CA1, CA2 = "ca1.example.net", "ca2.example.org"
ACCOUNT = "https://ca.example/account/1"
MAY = CaaVerdict(True)


def records(*lines: str) -> list[CaaRecord]:
    """Read `0 issue "ca"`, as zone files have them."""
    parts = [line.split(" ", 2) for line in lines]
    return [CaaRecord(int(flags), tag, value[1:-1]) for flags, tag, value in parts]


def ask(
    *lines: str,
    ca: str = CA1,
    wildcard: bool = False,
    account: str = ACCOUNT,
    method: str | None = "dns-01",
) -> CaaVerdict:
    issuers = (ca,) if ca else ()
    return judge_caa(records(*lines), CaaQuestion(wildcard, issuers, account, method))


def obstacles(verdict: CaaVerdict) -> list[Obstacle]:
    assert verdict.may_issue is False
    return [each.obstacle for each in verdict.objections]


CONTACTS = ('0 iodef "mailto:security@example.com"', '0 iodef "https://iodef.example.com/"')
WILD = ('0 issue "ca1.example.net"', '0 issuewild "ca2.example.org"')
WILD_ONLY = ('0 issuewild "ca2.example.org"', '0 issue ";"')


@pytest.mark.parametrize(
    ("lines", "ca", "wildcard", "may"),
    [
        # RFC 8659 section 4.1.1, 4.2 and 4.3, in this order.
        (('0 issue "ca1.example.net"', *CONTACTS), CA1, False, True),
        (('0 issue "ca1.example.net"', *CONTACTS), CA2, False, False),
        (('0 issue "ca1.example.net"', '128 tbs "Unknown"'), CA1, False, False),
        (('0 issue "ca1.example.net; account=230123"',), CA1, False, True),
        (('0 issue ";"',), CA1, False, False),
        (('0 issue "%%%%%"',), CA1, False, False),
        (('0 issue "ca1.example.net"', '0 issue "ca2.example.org"'), CA2, False, True),
        (WILD, CA1, False, True),
        (WILD, CA2, False, False),
        (WILD, CA1, True, False),
        (WILD, CA2, True, True),
        (WILD_ONLY, CA2, True, True),
        (WILD_ONLY, CA2, False, False),
        # Without issuewild, issue is for wildcards as well; without issue, everybody may.
        (('0 issue "ca1.example.net"',), CA1, True, True),
        (('0 issue ";"',), CA1, True, False),
        (('0 issuewild ";"',), CA1, False, True),
        (('0 issuewild ";"',), CA1, True, False),
        (CONTACTS, CA1, False, True),
        (CONTACTS, CA1, True, True),
        ((), CA1, False, True),
        # What is not critical is passed over, known or not.
        (('0 tbs "Unknown"', '0 issuemail ";"'), CA1, False, True),
        (('128 issue "ca1.example.net"', '128 iodef "mailto:x@example.com"'), CA1, False, True),
        (('1 tbs "Unknown"',), CA1, False, True),
    ],
)
def test_the_examples_of_the_standard(lines: tuple[str, ...], ca: str, wildcard: bool, may: bool) -> None:
    assert ask(*lines, ca=ca, wildcard=wildcard).may_issue is may


@pytest.mark.parametrize(
    ("value", "obstacle"),
    [
        ("CA1.Example.NET", None),
        ("  ca1.example.net\t; ", None),
        ("ca1.example.net;", None),
        ("ca1.example.net; policy=ev; a = b", None),
        ("ca1.example.net;a=", None),
        ("", Obstacle.NOBODY),
        (" ; ", Obstacle.NOBODY),
        ("; accounturi=https://ca.example/account/1", Obstacle.NOBODY),
        ("ca1.example.net.", Obstacle.MALFORMED),
        ("ca1..example.net", Obstacle.MALFORMED),
        ("-ca1.example.net", Obstacle.MALFORMED),
        ("ca1.example.net policy=ev", Obstacle.MALFORMED),
        ("ca1.example.net; policy", Obstacle.MALFORMED),
        ("ca1.example.net; policy=ev;", Obstacle.MALFORMED),
        ("ca1.example.net; a=b c", Obstacle.MALFORMED),
        ("ca1.example.net; a_b=c", Obstacle.MALFORMED),
        ("ca1.example.net; a=\x1b[2J", Obstacle.MALFORMED),
        ("\u212aca1.example.net", Obstacle.MALFORMED),
        ("other.example", Obstacle.OTHER_CA),
        ("example.net", Obstacle.OTHER_CA),
    ],
)
def test_the_grammar_decides_what_a_value_says(value: str, obstacle: Obstacle | None) -> None:
    record = CaaRecord(0, "issue", value)
    verdict = judge_caa([record], CaaQuestion(False, [CA1], ACCOUNT, "dns-01"))
    assert verdict == (CaaVerdict(False, (CaaObjection(record, obstacle),)) if obstacle else MAY)


@pytest.mark.parametrize(
    ("parameters", "obstacle"),
    [
        (f"accounturi={ACCOUNT}", None),
        (f"ACCOUNTURI = {ACCOUNT}", None),
        (f"accounturi={ACCOUNT}; validationmethods=dns-01", None),
        ("validationmethods=http-01,dns-01", None),
        (f"accounturi={ACCOUNT}2", Obstacle.OTHER_ACCOUNT),
        ("accounturi=https://CA.example/account/1", Obstacle.OTHER_ACCOUNT),
        ("accounturi=", Obstacle.OTHER_ACCOUNT),
        (f"accounturi={ACCOUNT}; accounturi={ACCOUNT}", Obstacle.MALFORMED),
        ("validationmethods=http-01", Obstacle.OTHER_CHALLENGE),
        ("validationmethods=", Obstacle.OTHER_CHALLENGE),
        ("validationmethods=DNS-01", Obstacle.OTHER_CHALLENGE),
        ("validationmethods=dns-01; validationmethods=dns-01", Obstacle.MALFORMED),
    ],
)
def test_a_record_may_be_for_one_account_or_challenge(parameters: str, obstacle: Obstacle | None) -> None:
    verdict = ask(f'0 issue "{CA1}; {parameters}"')
    assert verdict == MAY if obstacle is None else obstacles(verdict) == [obstacle]


def test_one_record_that_lets_it_is_enough() -> None:
    lines = (f'0 issue "{CA1}; accounturi=https://x.example/"', '0 issue ";"', f'0 ISSUE "{CA1}"')
    assert ask(*lines) == MAY
    assert obstacles(ask(*lines[:2])) == [Obstacle.OTHER_ACCOUNT, Obstacle.NOBODY]


def test_an_account_that_is_not_registered_yet_is_none_that_a_record_names() -> None:
    assert obstacles(ask(f'0 issue "{CA1}; accounturi={ACCOUNT}"', account="")) == [Obstacle.NO_ACCOUNT_YET]


def test_a_challenge_that_is_not_known_is_not_judged() -> None:
    assert ask(f'0 issue "{CA1}; validationmethods=tls-alpn-01"', method=None) == MAY


def test_a_ca_that_does_not_say_what_it_calls_itself() -> None:
    assert ask('0 issue "other.example"', ca="") == CaaVerdict(None)
    assert ask('0 issue ";"', '0 issue "other.example"', ca="") == CaaVerdict(None)
    assert ask(ca="") == MAY
    assert obstacles(ask('0 issue ";"', ca="")) == [Obstacle.NOBODY]
    assert obstacles(ask('0 issue "other.example; validationmethods=http-01"', ca="")) == [
        Obstacle.OTHER_CHALLENGE
    ]


def test_what_the_ca_calls_itself_may_be_written_in_any_way() -> None:
    assert ask('0 issue "ca1.example.net"', ca="CA1.example.NET.") == MAY
