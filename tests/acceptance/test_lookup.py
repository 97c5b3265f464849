"""`reconciler certificate lookup`: any spelling of a serial number, whatever became of the certificate."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from reconciler.model.revocation import Revocation, RevocationReason
from reconciler.store import Store
from tests.acceptance.trees import write_certificate, write_issued

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram

SERIAL = 0x03E71FA23D


@pytest.mark.parametrize(
    "spelling",
    [
        "03:e7:1f:a2:3d",
        "03e71fa23d",
        "3e71fa23d",
        "03E71FA23D",
        "0x3e71fa23d",
        "0X03E71FA23D",
        "03-E7-1F-A2-3D",
        "03 e7 1f a2 3d",
        " 03:e7:1f:a2:3d ",
        "00:03:e7:1f:a2:3d",
        "000003e71fa23d",
    ],
)
def test_every_spelling(tree: Path, program: RunProgram, spelling: str) -> None:
    issued = write_issued(tree, serial=SERIAL)
    done = program("certificate", "lookup", spelling)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("certificate www\n")
    [document] = program("certificate", "lookup", spelling, "--format", "json").document["certificates"]
    assert document["serial_number"] == "03:e7:1f:a2:3d"
    assert document["order_id"] == issued.order.order_id


@pytest.mark.parametrize("serial", [1, 0x80, 0xFF00, 2**159 - 1, 0x9F << 144])
def test_every_serial_number(tree: Path, program: RunProgram, serial: int) -> None:
    write_issued(tree, serial=serial)
    assert (
        program("certificate", "lookup", f"{serial:x}", "--format", "json").document["certificates"][0][
            "name"
        ]
        == "www"
    )


@pytest.mark.parametrize("text", ["", "xyz", "03:e7:1g", "0x", "f" * 65, "www", "../meta", "03e7;", "::"])
def test_what_is_no_serial_number(tree: Path, program: RunProgram, text: str) -> None:
    done = program("certificate", "lookup", text)
    assert (done.code, done.out) == (64, "")
    assert "is no serial number: hexadecimal is wanted" in " ".join(done.err.split())


def test_one_argument_is_wanted(tree: Path, program: RunProgram) -> None:
    assert program("certificate", "lookup").code == 64
    assert program("certificate", "lookup", "03", "e7").code == 64


@pytest.mark.parametrize("serial", ["e7", "03e71fa2", "e71fa23d", "0"])
def test_one_that_nobody_has_seen_and_no_part_of_one(tree: Path, program: RunProgram, serial: str) -> None:
    write_issued(tree, serial=SERIAL)
    done = program("certificate", "lookup", serial)
    assert (done.code, done.out) == (1, "")
    assert "no certificate with the serial number" in done.err
    assert "has come from this state" in done.err


def test_the_one_in_force_and_the_one_before_it(tree: Path, program: RunProgram) -> None:
    old = write_issued(tree, number=1, serial=0xA1, in_force=False)
    new = write_issued(tree, number=2, serial=0xA2)
    [found] = program("certificate", "lookup", "a2", "--format", "json").document["certificates"]
    assert (found["standing"], found["current_order_id"]) == ("in_force", new.order.order_id)
    assert "standing       in force\n" in program("certificate", "lookup", "a2").out
    [found] = program("certificate", "lookup", "a1", "--format", "json").document["certificates"]
    assert (found["standing"], found["order_id"]) == ("superseded", old.order.order_id)
    assert found["current_order_id"] == new.order.order_id
    shown = program("certificate", "lookup", "a1").out
    assert f"superseded by order {new.order.order_id}\n" in shown
    assert f"{old.order.order_id} (completed)\n" in shown


def test_one_that_was_forgotten(tree: Path, program: RunProgram) -> None:
    write_issued(tree, "gone", in_force=False)
    [found] = program("certificate", "lookup", f"{SERIAL:x}", "--format", "json").document["certificates"]
    assert (found["name"], found["standing"], found["current_order_id"]) == ("gone", "forgotten", None)
    assert (
        "forgotten: the tree no longer asks for it\n" in program("certificate", "lookup", f"{SERIAL:x}").out
    )


@pytest.mark.parametrize("in_force", [True, False])
def test_one_that_was_revoked(tree: Path, program: RunProgram, in_force: bool) -> None:
    revocation = Revocation(dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC), RevocationReason.KEY_COMPROMISE)
    write_issued(tree, revocation=revocation, in_force=in_force)
    [found] = program("certificate", "lookup", f"{SERIAL:x}", "--format", "json").document["certificates"]
    assert (found["standing"], found["order_status"]) == ("revoked", "revoked")
    assert found["revocation"] == {"date": "2026-05-01T12:00:00Z", "reason": "key_compromise"}
    shown = program("certificate", "lookup", f"{SERIAL:x}").out
    assert "revoked 2026-05-01 12:00 UTC (key_compromise)\n" in shown


def test_two_cas_may_have_given_the_same_number(tree: Path, program: RunProgram) -> None:
    write_issued(tree, "a", 1, serial=0xA1)
    write_issued(tree, "b", 2, serial=0xA1)
    shown = program("certificate", "lookup", "a1").out
    assert [line for line in shown.splitlines() if line.startswith("certificate ")] == [
        "certificate a",
        "certificate b",
    ]


def test_a_number_that_stands_elsewhere_in_a_record_is_not_found(tree: Path, program: RunProgram) -> None:
    issued = write_issued(tree, serial=0xA1)
    store = Store(tree / "state")
    digits = issued.order.order_id[:8]
    assert digits in (tree / f"state/orders/{issued.order.order_id}.yaml").read_text()
    assert program("certificate", "lookup", digits).code == 1
    write_certificate(tree, "other")
    assert store.certificates()["other"].serial_number == "03:e7"
    # A record whose order is not there tells of no certificate that can be shown.
    assert program("certificate", "lookup", "03e7").code == 1


def test_a_chain_that_is_gone_is_named(tree: Path, program: RunProgram) -> None:
    issued = write_issued(tree)
    (tree / f"state/orders/{issued.order.order_id}/fullchain.pem").unlink()
    done = program("certificate", "lookup", f"{SERIAL:x}")
    assert (done.code, done.out) == (1, "")
    assert "fullchain.pem" in done.err
