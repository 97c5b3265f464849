"""Records that cannot be read: what is said of them, and what they are about all the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler import pki
from reconciler.errors import RecordError
from reconciler.model.account import KeyType
from reconciler.model.flaw import FlawedRecord, RecordKind
from reconciler.model.identifier import Identifier
from reconciler.model.order import OrderFile
from reconciler.model.role import IdentifierPopulation
from reconciler.store import Store
from reconciler.store.shelf import Shelf
from tests.unit.store.flaws import flaws
from tests.unit.values import account, certificate, order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ORDER = order().order_id
OTHER = "00000000-0000-7000-8000-00000000000"
MIB = 1 << 20


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "state")
    store.save_account(account())
    store.save_certificate(replace(certificate("shop/www"), order_id=ORDER))
    store.save_order(order())
    return store


def record(store: Store) -> Path:
    return store.root / "certificates/shop/www.yaml"


def flaw_of(store: Store) -> FlawedRecord:
    [flaw] = flaws(store)
    return flaw


def line(number: int, text: str) -> Callable[[bytes], bytes]:
    """Put a text in the place of a line."""

    def damage(content: bytes) -> bytes:
        lines = content.split(b"\n")
        lines[number - 1] = text.encode()
        return b"\n".join(lines)

    return damage


CONFLICT = b"<<<<<<< HEAD\nissuer: One\n=======\nissuer: Other\n>>>>>>> theirs\n"

DAMAGES: dict[str, tuple[Callable[[bytes], bytes], int, str]] = {
    "empty": (lambda _: b"", 0, "it is empty"),
    "blank": (lambda _: b" \n\n", 0, "it is empty"),
    "cut": (lambda content: content[: content.index(b"issuer")] + b"iss", 10, "could not find expected ':'"),
    "a list": (lambda _: b"# ours\n- name: www\n", 2, "it is no mapping of fields"),
    "a text": (lambda _: b"hello\n", 1, "it is no mapping of fields"),
    "NUL bytes": (lambda content: content + b"x: \0\n", 14, "there are NUL bytes in it"),
    "all NUL bytes": (lambda content: bytes(len(content)), 1, "there are NUL bytes in it"),
    "other control characters": (lambda content: content + b"x: \x01\n", 14, "it is no text: control char"),
    "no UTF-8": (lambda content: content + b"x: \xff\n", 14, "it is no text: invalid leading UTF-8 octet"),
    "another program's": (lambda _: b"\x7fELF\x02\x01\x01\x03", 1, "it is no text"),
    "a conflict": (
        lambda content: content.replace(b"issuer: CN=test\n", CONFLICT),
        9,
        "it is an unresolved merge of Git",
    ),
    "several records": (lambda content: content + b"---\n" + content, 14, "but found another document"),
    "deep": (lambda _: b"name: " + b"[" * 1_000_000, 0, "more than 32 levels"),
    "deep without brackets": (lambda _: b"- " * 1_000_000, 0, "more than 32 levels"),
    "recursive": (lambda _: b"name: &a [*a]\n", 1, "recursive"),
    "twice": (lambda content: content + b"issuer: Other\n", 14, "the field `issuer` is there twice"),
    "a wrong time": (line(10, "not_before: yesterday"), 10, "`not_before` is 'yesterday'; a time such as"),
    "a time before all": (line(10, "not_before: 0001-01-01T00:00:00+14:00"), 10, "a time such as"),
    "an end before all": (
        line(11, "not_after: 2001-01-01T00:00:00Z"),
        11,
        "`not_after` is before `not_before`",
    ),
    "a key of no kind": (line(6, "key_type: rot13"), 6, "`key_type` is 'rot13'; one of"),
    "a list for a text": (line(9, "issuer: [a]"), 9, "`issuer` is missing, or no text"),
    "a text for a list": (line(4, "identifiers: www\nx:"), 4, "`identifiers` is no list"),
    "none of a field": (line(9, ""), 1, "`issuer` is missing, or no text"),
    "none of an id": (line(7, "order_id: ../../key"), 7, "`order_id` is '../../key'; an order's id"),
    "a name with a path": (line(1, "name: ../www"), 1, "`name` is '../www'; a name"),
    "a name in Git": (line(1, "name: shop/.git"), 1, "`name` is 'shop/.git'; a name"),
    "a name in two lines": (line(1, r'name: "a\nb"'), 1, "`name` is 'a\\nb'; a name"),
    "the name of another": (
        line(1, "name: shop/api"),
        0,
        "the record of 'shop/api', in the place of another",
    ),
    "a file above": (
        line(13, "  ../cert.pem: aa"),
        13,
        "`../cert.pem` in `files` is not the name of a file alone",
    ),
    "a file elsewhere": (line(13, "  /etc/passwd: aa"), 13, "is not the name of a file alone"),
    "the folder": (line(13, "  ..: aa"), 13, "is not the name of a file alone"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_wrong_is_said_with_the_line(store: Store, damage: str) -> None:
    spoil, number, message = DAMAGES[damage]
    record(store).write_bytes(spoil(record(store).read_bytes()))
    flaw = flaw_of(store)
    assert message in flaw.message
    assert (flaw.kind, flaw.name, flaw.path) == (RecordKind.CERTIFICATE, "shop/www", str(record(store)))
    assert flaw.line == number
    assert flaw.certificates == ("shop/www",)
    with pytest.raises(RecordError, match=r"state/certificates/shop/www\.yaml"):
        store.certificates()


def test_the_others_are_read(store: Store) -> None:
    store.save_certificate(certificate("shop/api"))
    record(store).write_text("")
    flawed: list[FlawedRecord] = []
    assert store.certificates(flawed) == {"shop/api": certificate("shop/api")}
    assert [each.place for each in flawed] == [str(record(store))]


@pytest.mark.parametrize("kind", ["huge", "folder", "pipe", "device", "link"])
def test_a_file_that_is_no_record_is_not_read(store: Store, kind: str, tmp_path: Path) -> None:
    path = record(store)
    path.unlink()
    match kind:
        case "huge":
            with path.open("wb") as file:
                file.truncate(17 * MIB)
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case _:
            path.symlink_to("/dev/zero" if kind == "device" else tmp_path / "gone")
    if kind == "folder":
        assert flaws(store) == []  # it is one that names may have, with nothing in it
        return
    flaw = flaw_of(store)
    assert flaw.message.startswith("cannot be read: ")
    assert flaw.line == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("order_url", "http://ca.test/order/1"),
        ("order_url", "https://ca.test/order 1"),
        ("finalize_url", "file:///etc/passwd"),
        ("certificate_name", "../../etc"),
        ("account_name", "/etc"),
    ],
)
def test_what_could_do_harm_in_an_order_is_refused(store: Store, field: str, value: str) -> None:
    path = store.root / "orders" / f"{ORDER}.yaml"
    lines = [each for each in path.read_text().splitlines() if not each.startswith(f"{field}:")]
    path.write_text("\n".join([*lines, f"{field}: {value}\n"]))
    flaw = flaw_of(store)
    assert flaw.message.startswith(f"the field `{field}` is {value!r}; a ")
    assert flaw.line == len(lines) + 1


def test_an_account_that_cannot_be_read_names_itself(store: Store) -> None:
    path = store.root / "accounts/ca.yaml"
    path.write_text(path.read_text().replace("active_key_version: 0", "active_key_version: 7"))
    flaw = flaw_of(store)
    assert (flaw.kind, flaw.account, flaw.certificates) == (RecordKind.ACCOUNT, "ca", ())
    assert flaw.message == "the field `active_key_version` is that of no key in `account_keys`"


def spoil_order(store: Store, text: str) -> None:
    (store.root / "orders" / f"{ORDER}.yaml").write_text(text)


@pytest.mark.parametrize("name", ["shop/www", "'shop/www'", '"shop/www"', "shop/www\r"])
def test_an_order_is_that_of_the_certificate_that_its_text_names(store: Store, name: str) -> None:
    spoil_order(store, f"certificate_name: {name}\naccount_name: ca\nstage: {{\n")
    flaw = flaw_of(store)
    assert (flaw.kind, flaw.name) == (RecordKind.ORDER, ORDER)
    assert (flaw.certificates, flaw.account, flaw.identifiers) == (("shop/www",), "ca", ())


def test_of_a_merge_both_certificates_are_meant(store: Store) -> None:
    spoil_order(
        store,
        "<<<<<<< a\ncertificate_name: one\n=======\ncertificate_name: other\n>>>>>>> b\naccount_name: ca\n",
    )
    assert flaw_of(store).certificates == ("one", "other")
    assert flaw_of(store).account == "ca"


@pytest.mark.parametrize("text", ["", "certificate_name: shop/ww", "certificate_name: ../x\n", "\0" * 100])
def test_an_order_that_does_not_say_is_that_of_the_certificate_that_names_it(store: Store, text: str) -> None:
    spoil_order(store, text)
    assert flaw_of(store).certificates == ("shop/www",)
    assert flaw_of(store).account is None


def test_of_an_order_that_nothing_names_the_request_says_the_identifiers(store: Store) -> None:
    record(store).unlink()
    spoil_order(store, "")
    assert flaw_of(store).identifiers == ()
    store.save_order_file(ORDER, OrderFile.CSR, b"garbage")
    assert flaw_of(store).identifiers == ()
    wanted = (Identifier("dns", "www.example.com"), Identifier("ip", "192.0.2.1"))
    key = pki.generate_key(KeyType.EC_256)
    store.save_order_file(ORDER, OrderFile.CSR, pki.make_csr(key, wanted, IdentifierPopulation.CN_FIRST))
    flaw = flaw_of(store)
    assert (flaw.certificates, flaw.identifiers) == ((), wanted)


def test_all_kinds_are_looked_at(store: Store) -> None:
    store.archive_order(ORDER)
    bad = {
        "archive/orders/" + ORDER: RecordKind.ARCHIVED_ORDER,
        "cleanup/" + ORDER: RecordKind.LEFTOVERS,
        "encryption": RecordKind.ENCRYPTION,
        "claims/keys/state": RecordKind.CLAIM,
        "claims/accounts/ca": RecordKind.CLAIM,
        "claims/certificates/shop/www": RecordKind.CLAIM,
    }
    for name in bad:
        path = store.root / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("certificate_name: www\nrecipients: x\n")
    found = {each.path: each for each in flaws(store)}
    assert {
        path.removeprefix(f"{store.root}/").removesuffix(".yaml"): each.kind for path, each in found.items()
    } == bad
    about = {
        each.name: (each.certificates, each.account)
        for each in found.values()
        if each.kind is RecordKind.CLAIM
    }
    assert about == {"state": ((), None), "ca": ((), "ca"), "shop/www": (("shop/www",), None)}
    leftovers = next(each for each in found.values() if each.kind is RecordKind.LEFTOVERS)
    assert leftovers.certificates == ("www",)
    with pytest.raises(RecordError, match=r"claims/accounts/ca\.yaml:1: the field `name`"):
        store.claims()


def test_many_orders_that_say_nothing_cost_one_look_at_the_certificates(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    names_by = Shelf.names_by

    def counted(shelf: Shelf[object], field: str) -> dict[str, list[str]]:
        looks.append(field)
        return names_by(shelf, field)

    monkeypatch.setattr(Shelf, "names_by", counted)
    for number in range(3):
        (store.root / f"orders/{OTHER}{number}.yaml").write_text("")
    (store.root / f"orders/{ORDER}.yaml").write_text("")
    found = flaws(store)
    assert [each.certificates for each in found] == [(), (), (), ("shop/www",)]
    assert looks == ["order_id"]
