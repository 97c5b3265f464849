"""The standing record of dns-persist-01: what it says, and which ones hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.model.identifier import parse_identifier
from reconciler.model.order import Challenge, Order, Status
from reconciler.model.role import ChallengeType
from reconciler.orders.record_names import account_label
from reconciler.orders.standing import StandingRecord, standing_record, stands
from reconciler.orders.standing_records import (
    StandingRecords,
    Unready,
    issuers_of,
    standing_resource_records,
)
from tests.unit.values import DAY, NOW, account, account_spec, authorization, order, role, spec

URL = "https://ca.test/account/1"
NAME, WILDCARD = parse_identifier("example.com"), parse_identifier("*.example.com")
ISSUERS = ("ca.test", "other.test")
SECONDS = int(NOW.timestamp())
PERSIST = replace(role(), allowed_challenge_types=(ChallengeType.DNS_PERSIST_01,))


def holds(text: str, *, wildcard: bool = False) -> bool:
    return stands(text, WILDCARD if wildcard else NAME, URL, ISSUERS, NOW)


def test_what_the_record_says() -> None:
    assert standing_record(NAME, URL, "ca.test") == StandingRecord(
        name="_validation-persist.example.com",
        value=f"ca.test; accounturi={URL}",
        caa_name="example.com",
        caa_tag="issue",
        caa_value=f"ca.test; accounturi={URL}; validationmethods=dns-persist-01",
    )
    wildcard = standing_record(WILDCARD, URL, "ca.test", (ChallengeType.DNS_PERSIST_01, ChallengeType.DNS_01))
    assert wildcard.name == "_validation-persist.example.com"
    assert wildcard.value == f"ca.test; accounturi={URL}; policy=wildcard"
    assert wildcard.caa_tag == "issuewild"
    assert wildcard.caa_value.endswith("; validationmethods=dns-01,dns-persist-01")


@pytest.mark.parametrize("identifier", [NAME, WILDCARD])
def test_what_it_says_holds(identifier: object) -> None:
    assert isinstance(identifier, type(NAME))
    value = standing_record(identifier, URL, "ca.test").value
    assert stands(value, identifier, URL, ISSUERS, NOW)
    assert not stands(value, identifier, f"{URL}0", ISSUERS, NOW)
    assert not stands(value, identifier, URL, ["other.test"], NOW)
    assert not stands(value, identifier, URL, [], NOW)


@pytest.mark.parametrize(
    "text",
    [
        f"ca.test; accounturi={URL}",
        f"other.test; accounturi={URL}",
        f"  CA.Test.\t;\taccountURI\t= {URL} ",
        f"ca.test;accounturi={URL}",
        f"ca.test; policy=wildcard; accounturi={URL}",
        f"ca.test; accounturi={URL}; policy=something-new",
        f"ca.test; accounturi={URL}; policy=",
        f"ca.test; accounturi={URL}; unknown=1; another-tag=",
        f"ca.test; accounturi={URL}; persistUntil={SECONDS + 1}",
        f"ca.test; accounturi={URL}; PERSISTUNTIL=999999999999999",
    ],
)
def test_records_that_hold(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "ca.test",
        "ca.test;",
        f"accounturi={URL}",
        f"; accounturi={URL}",
        f"evil.test; accounturi={URL}",
        f"ca.test.evil.test; accounturi={URL}",
        f"ca.test evil; accounturi={URL}",
        f"ca.test, other.test; accounturi={URL}",
        f"\u212aa.test; accounturi={URL}",
        f"ca.test; accounturi={URL}\u00e9",
        f"ca.test; accounturi={URL.upper()}",
        f"ca.test; accounturi={URL}/",
        f'ca.test; accounturi="{URL}"',
        f"ca.test; accounturi={URL} x",
        f"ca.test; accounturi={URL}\x00",
        f"ca.test; accounturi={URL}\n",
        f"ca.test; accounturi={URL};",
        f"ca.test;; accounturi={URL}",
        f"ca.test; accounturi={URL}; policy",
        f"ca.test; accounturi={URL}; =wildcard",
        f"ca.test; accounturi={URL}; po licy=wildcard",
        f"ca.test; accounturi={URL}; p\u00f6licy=wildcard",
        f"ca.test; accounturi={URL}; accounturi={URL}",
        f"ca.test; accounturi=https://ca.test/account/2; accountURI={URL}",
        f"ca.test; accounturi={URL}; unknown=1; UNKNOWN=1",
        f"ca.test; accounturi={URL}; persistUntil={SECONDS - 1}",
        f"ca.test; accounturi={URL}; persistUntil={SECONDS}",
        f"ca.test; accounturi={URL}; persistUntil=",
        f"ca.test; accounturi={URL}; persistUntil=-1",
        f"ca.test; accounturi={URL}; persistUntil=+{SECONDS + 1}",
        f"ca.test; accounturi={URL}; persistUntil={SECONDS + 1}.5",
        f"ca.test; accounturi={URL}; persistUntil=9e9",
        f"ca.test; accounturi={URL}; persistUntil=2999-01-01T00:00:00Z",
        f"ca.test; accounturi={URL}; persistUntil={'9' * 4000}",
        f"ca.test; accounturi={URL}; persistUntil={SECONDS + 1}; persistuntil={SECONDS + 1}",
        f"v=spf1 include:ca.test ~all; accounturi={URL}",
    ],
)
def test_records_that_do_not(text: str) -> None:
    assert not holds(text)


def test_a_wildcard_needs_its_policy() -> None:
    assert not holds(f"ca.test; accounturi={URL}", wildcard=True)
    assert not holds(f"ca.test; accounturi={URL}; policy=wild", wildcard=True)
    assert holds(f"ca.test; accounturi={URL}; policy=wildcard", wildcard=True)
    assert holds(f"ca.test; accounturi={URL}; POLICY=WildCard", wildcard=True)


@given(st.text() | st.text("ca.test;= \taccounturiPY:/0129", max_size=80))
def test_no_text_is_an_error(text: str) -> None:
    assert holds(text) in (True, False)
    assert not stands(f"ca.test; accounturi={URL}; {text}=", NAME, "", ISSUERS, NOW)


def test_the_label_of_an_account() -> None:
    # The example of draft-ietf-acme-dns-account-label.
    assert account_label("https://example.com/acme/acct/ExampleAccount") == "_ujmmovf2vn55tgye"
    assert account_label(URL) != account_label(f"{URL}0")
    assert len(account_label("https://ca.test/" + "a" * 5000)) == len("_ujmmovf2vn55tgye")


def ordered(*issuers: str, day: int = 0, account_name: str = "ca") -> Order:
    """Return an order of a day whose CA says what it calls itself."""
    challenge = Challenge("dns-persist-01", URL, Status.PENDING, issuer_domain_names=issuers)
    authorizations = (replace(authorization(), challenges=(challenge,)),)
    return replace(
        order(), creation_date=NOW + day * DAY, account_name=account_name, authorizations=authorizations
    )


def test_the_newest_challenge_says_what_the_ca_calls_itself() -> None:
    known = replace(account(), caa_identities=("directory.test",))
    assert issuers_of(known, []) == ("directory.test",)
    assert issuers_of(known, [ordered(), order()]) == ("directory.test",)
    assert issuers_of(known, [ordered("a.test", day=1), ordered("b.test", day=2), ordered(day=3)]) == (
        "b.test",
    )
    assert issuers_of(known, [ordered("a.test", account_name="other")]) == ("directory.test",)
    # Before the account was made there may have been one of its name at another CA.
    assert issuers_of(known, [ordered("a.test", day=-1)]) == ("directory.test",)


def test_what_is_not_known_yet() -> None:
    wanted = spec("www", "example.com", of=PERSIST)
    known = replace(account(), caa_identities=("ca.test",))
    moved = replace(account_spec(), directory_url="https://elsewhere.test/directory")

    def record(**changes: object) -> StandingRecord | Unready:
        values = {"wanted": {"ca": account_spec()}, "accounts": {"ca": known}, "orders": ()} | changes
        return StandingRecords(**values).record(wanted, NAME)  # type: ignore[arg-type]

    assert isinstance(record(), StandingRecord)
    assert record(accounts={}) is Unready.NOT_REGISTERED
    assert record(accounts={"ca": replace(known, account_url=None)}) is Unready.NOT_REGISTERED
    assert record(wanted={"ca": moved}) is Unready.NOT_REGISTERED
    assert record(accounts={"ca": account()}) is Unready.NO_ISSUER
    assert isinstance(record(accounts={"ca": account()}, orders=(ordered("a.test"),)), StandingRecord)


def test_certificates_for_one_name_share_its_records() -> None:
    both = replace(role(), allowed_challenge_types=(ChallengeType.HTTP_01, ChallengeType.DNS_PERSIST_01))
    specs = [
        spec("a", "example.com", "*.example.com", "192.0.2.1", of=PERSIST),
        spec("b", "example.com", of=both),
        spec("c", "example.com"),
    ]
    known = {"ca": replace(account(), caa_identities=("ca.test",))}
    needed = StandingRecords({"ca": account_spec()}, known, ()).needed(specs)
    records = standing_resource_records(needed)
    plain, wildcard = f"ca.test; accounturi={URL}", f"ca.test; accounturi={URL}; policy=wildcard"
    # One record serves the wildcard and the name.
    assert {(each.type, each.tag, each.value): users for each, users in records.items()} == {
        ("TXT", "", wildcard): ("a", "b"),
        ("CAA", "issue", f"{plain}; validationmethods=dns-persist-01,http-01"): ("a", "b"),
        ("CAA", "issuewild", f"{plain}; validationmethods=dns-persist-01"): ("a",),
    }
    assert [each.type for each in standing_resource_records(needed, caa=False)] == ["TXT"]
