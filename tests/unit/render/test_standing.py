from __future__ import annotations

from msgspec.structs import replace

from reconciler.orders.records import ResourceRecord
from reconciler.orders.standing import StandingRecord
from reconciler.render.record_tools import dnscontrol_script, terraform_resources
from reconciler.render.standing import FORMS, records_for_tools, records_text, unready_lines
from reconciler.render.zone_records import octodns_files
from tests.unit.render.dns_samples import NEEDED

BAD = "x\x1b]0;owned\x07\r\n::error::forged"


def test_what_is_special_in_a_tool_is_escaped() -> None:
    zone = records_for_tools(NEEDED, "zone", caa=True)
    assert (
        '_validation-persist.example.com. 3600 IN TXT "ca.test; accounturi=https://ca.test/${x}%{y}\\"z; '
        'policy=wildcard"' in zone
    )
    assert 'example.com. 3600 IN CAA 0 issuewild "ca.test; accounturi=https://ca.test/${x}%{y}\\"z; ' in zone
    octodns = records_for_tools(NEEDED, "octodns", caa=True)
    assert '- "ca.test\\\\; accounturi=https://ca.test/${x}%{y}\\"z\\\\; policy=wildcard"\n' in octodns
    dnscontrol = records_for_tools(NEEDED, "dnscontrol", caa=True)
    assert '"ca.test; accounturi=https://ca.test/${x}%{y}\\"z; policy=wildcard"' in dnscontrol
    terraform = records_for_tools(NEEDED, "terraform", caa=True)
    assert '"ca.test; accounturi=https://ca.test/$${x}%%{y}\\"z; policy=wildcard"' in terraform


def test_where_none_can_be_told_there_is_no_text() -> None:
    for form in FORMS:
        assert records_for_tools(NEEDED[2:], form, caa=True) == ""


def test_what_cannot_be_told_yet() -> None:
    assert unready_lines(NEEDED) == [
        "what www needs is not known yet: what the CA calls itself in the DNS is not known yet (account ca); "
        "the next order that `reconciler apply` makes for it finds out",
        "what api needs is not known yet: the account is not registered yet (account other); "
        "`reconciler apply` registers it",
    ]


def test_records_of_several_types_at_one_name() -> None:
    records = [
        ResourceRecord("example.com", "CAA", 3600, "ca.test", "issue"),
        ResourceRecord("example.com", "TXT", 60, "a;b"),
    ]
    assert octodns_files(records) == (
        "---\n"
        "# example.com.yaml\n"
        '"":\n'
        "  - ttl: 3600\n"
        "    type: CAA\n"
        "    values:\n"
        "    - flags: 0\n"
        "      tag: issue\n"
        '      value: "ca.test"\n'
        "  - ttl: 60\n"
        "    type: TXT\n"
        "    values:\n"
        '    - "a\\\\;b"\n'
    )
    assert terraform_resources(records).startswith("# hashicorp/dns has no CAA records")
    assert (
        'resource "dns_txt_record_set" "_example_com" {\n  zone = "example.com."\n  txt'
        in terraform_resources(records)
    )
    assert 'TXT("@", "a;b", TTL(60))' in dnscontrol_script(records)


def test_nothing_hostile_comes_through() -> None:
    record = StandingRecord(BAD, BAD, BAD, BAD, BAD)
    hostile = tuple(
        replace(each, certificate_name=BAD, account_name=BAD, record=record) for each in NEEDED[:1]
    ) + tuple(replace(each, certificate_name=BAD, account_name=BAD) for each in NEEDED[2:])
    shown = records_text(hostile, caa=True)
    assert "owned" in shown
    assert shown.replace("\n", "").isprintable()
    assert not any(line.startswith("::") for line in shown.splitlines())
