"""Records in the forms of name servers and tools, judged by these: named-checkzone, nsupdate, octoDNS."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import dns.message
import dns.query
import dns.rdatatype
import pytest
from msgspec.structs import replace

from reconciler.model.order import Stage, Status
from reconciler.model.role import ChallengeType
from reconciler.store import Store
from tests.acceptance.record_tools import loaded, octodns_records, split
from tests.acceptance.trees import write_account, write_waiting_order
from tests.unit import values
from tools.bind import Bind, BindOptions
from tools.find_bind import find_tool

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.order import Order
    from tests.acceptance.conftest import RunProgram

_NAMES = ("example.test", "*.example.test", "10.example.test", "2.example.test", "www.other.example")


@pytest.fixture
def order(tree: Path) -> Order:
    """Return an order whose challenges people fulfil in the DNS; the last one of them by http-01."""
    write_account(tree)
    authorizations = tuple(
        replace(
            values.authorization(name, chosen=ChallengeType.DNS_01),
            challenges=(
                replace(values.authorization().challenges[1], token=f"token-{number}"),
                values.authorization().challenges[0],
            ),
            by_hand=True,
        )
        for number, name in enumerate(_NAMES)
    )
    web = replace(values.authorization("web.example.test", chosen=ChallengeType.HTTP_01), by_hand=True)
    order = replace(
        values.order("www", *_NAMES, stage=Stage.AWAITING_CHALLENGE_FULFILLMENT),
        status=Status.PENDING,
        authorizations=(*authorizations, web),
    )
    Store(tree / "state").save_order(order)
    return order


def wanted(program: RunProgram, order: Order) -> dict[str, set[str]]:
    """Return what the document says: values by record name."""
    found: dict[str, set[str]] = {}
    for each in program("order", "challenges", order.order_id, "--format", "json").document["challenges"]:
        if each["chosen"] and "dns" in each:
            found.setdefault(each["dns"]["name"], set()).add(each["dns"]["value"])
    return found


def test_lines_of_a_zone_file(tree: Path, order: Order, program: RunProgram) -> None:
    lines = program("order", "challenges", order.order_id, "--format", "zone").out.splitlines()
    assert len(lines) == len(_NAMES)
    expected = {name: texts for name, texts in wanted(program, order).items() if ".other." not in name}
    zone = [
        "$TTL 60",
        "@ SOA ns1 admin 1 3600 600 86400 1",
        "@ NS ns1",
        "ns1 A 127.0.0.1",
        *(line for line in lines if ".other." not in line),
    ]
    assert loaded(tree, "\n".join(zone) + "\n") == expected
    assert len(expected["_acme-challenge.example.test"]) == 2


def test_a_script_for_nsupdate(tree: Path, order: Order, program: RunProgram) -> None:
    script = program("order", "challenges", order.order_id, "--format", "nsupdate").out
    with Bind(BindOptions(zones={"example.test": (), "other.example": ()})) as bind:
        key = f"hmac-sha256:update-key:{bind.secret('update-key')}"
        nsupdate = find_tool("nsupdate")
        ran = subprocess.run(
            [nsupdate.path, "-y", key],
            env=dict(nsupdate.environment),
            input=f"server 127.0.0.1 {bind.port}\n{script}",
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        for name, texts in wanted(program, order).items():
            answer = dns.query.udp(dns.message.make_query(name, "TXT"), "127.0.0.1", 5, bind.port)
            [found] = answer.answer
            assert {b"".join(each.strings).decode() for each in found} == texts
            assert found.ttl == 60


def test_files_of_octodns(tree: Path, order: Order, program: RunProgram) -> None:
    text = program("order", "challenges", order.order_id, "--format", "octodns").out
    files = split(text)
    assert sorted(files) == ["example.test.yaml", "other.example.yaml"]
    expected = wanted(program, order)
    found: dict[str, set[str]] = {}
    for name, content in files.items():
        for record in octodns_records(tree, name.removesuffix(".yaml"), content):
            found[record.fqdn.rstrip(".")] = set(record.values)
            assert (record._type, record.ttl) == ("TXT", 60)
    assert found == expected


@pytest.mark.parametrize("form", ["zone", "nsupdate", "octodns"])
def test_options_choose_what_is_shown(tree: Path, order: Order, program: RunProgram, form: str) -> None:
    identifier = ("--identifier", "www.other.example")
    shown = program("order", "challenges", order.order_id, *identifier, "--format", form).out
    assert "other.example" in shown
    assert "example.test" not in shown


@pytest.mark.parametrize("form", ["zone", "nsupdate", "octodns"])
def test_where_there_is_no_dns_challenge(tree: Path, program: RunProgram, form: str) -> None:
    write_account(tree)
    waiting = write_waiting_order(tree)
    ran = program("order", "challenges", waiting.order_id, "--format", form)
    assert (ran.code, ran.out) == (1, "")
    assert f"no DNS challenge for people to fulfil, and --format {form} shows those alone" in ran.err
    chosen = program("order", "challenges", waiting.order_id, "--challenge-type", "dns-01", "--format", form)
    assert chosen.code == 0
    assert "_acme-challenge" in chosen.out


def test_other_commands_know_no_more_forms(tree: Path, order: Order, program: RunProgram) -> None:
    assert program("order", "list", "--format", "zone").code == 64
