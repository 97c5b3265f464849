"""A state as a real run leaves it, with one thing damaged: found is exactly that, and the advice mends it."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from reconciler import pki
from reconciler.checkup.codes import MEANINGS, Code
from reconciler.engine.key_change import change_key
from reconciler.model.account import KeyType
from reconciler.model.claim import Claim, ClaimKind
from reconciler.model.fulfillment import Method, Way
from reconciler.model.instruction import Instruction, Leftovers
from reconciler.model.log import LogEntry, LogEvent
from reconciler.model.role import ChallengeType, IdentifierPopulation
from reconciler.model.state_finding import Level
from reconciler.pki import thumbprint
from reconciler.store.claims import claim_path, encode_claim
from tests.engine.rig import Rig
from tests.engine.state_check import found_in
from tests.engine.test_encryption import A, B, encrypt_for
from tests.unit import values
from tests.unit.pki.csrs import csr

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reconciler.model.state_finding import StateFinding

OTHER_ID = "0197299e-0000-7000-8000-000000000001"
NOTE, WARNING, ERROR = Level.NOTE, Level.WARNING, Level.ERROR


class World:
    """A rig in whose state there is one of each, and the ids of its orders by the names of certificates."""

    def __init__(self, folder: Path, *, encrypted: bool = False) -> None:
        self.rig = rig = Rig(folder)
        if encrypted:
            encrypt_for(rig, [A], [A])
        rig.want("www", "www.example.com")
        rig.apply()
        rig.clock.advance(days=61)
        rig.want("shop/api", "api.example.com")
        rig.want("hand", "hand.example.com", "*.hand.example.com")
        rig.want_csr("own", csr("own.example.com"))
        rig.apply()
        store, now = rig.store, rig.clock.now()
        with store.lock("test", now):
            for event in (LogEvent.RUN_STARTED, LogEvent.RUN_ENDED):
                store.add_to_log([LogEntry(now, "run", event, {"exit_code": 0})])
        self.ids = {order.certificate_name: order.order_id for order in store.orders().values()}
        [self.ids["old"]] = store.archived_orders()
        assert len(self.ids) == 5

    @property
    def state(self) -> Path:
        return self.rig.folder / "state"

    def path(self, name: str) -> Path:
        """Return a file: `orders/{www}/csr.pem` in the state, `certs/www/cert.pem` in the output."""
        name = re.sub(r"\{(.+?)\}", lambda found: self.ids[found[1]], name)
        return self.rig.folder / name if name.startswith("certs/") else self.state / name

    def edit(self, name: str, pattern: str, new: str) -> None:
        path = self.path(name)
        text, number = re.subn(pattern, new, path.read_text(), count=1, flags=re.MULTILINE)
        assert number == 1, path.read_text()
        path.write_text(text)

    def order(self, name: str, **changes: Any) -> None:  # noqa: ANN401
        store = self.rig.store
        store.save_order(replace(store.order(self.ids[name]), **changes))

    def account(self, name: str = "ca", **changes: Any) -> None:  # noqa: ANN401
        store = self.rig.store
        store.save_account(replace(store.accounts()["ca"], name=name, **changes))

    def other_key(self) -> bytes:
        return pki.generate_key(KeyType.EC_256)

    def write(self, name: str, content: bytes, mode: int = 0o600) -> None:
        path = self.path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)

    def found(self) -> list[StateFinding]:
        return list(found_in(self.rig))

    def mend(self, command: str) -> None:
        """Do what a finding says."""
        if command == "reconciler apply":
            self.rig.apply()
        elif command.startswith("reconciler account rotate-key "):
            account = self.rig.store.accounts()[command.rpartition(" ")[2]]
            spec = replace(self.rig.account, name=account.name)
            change_key(self.rig.place(), spec, account, KeyType.EC_256)
        else:
            subprocess.run(["sh", "-c", command], check=True)


@dataclass(frozen=True)
class Damage:
    """One thing that somebody, or some disk, has done to a state.

    Attributes:
        expected: code, level, and the place: a file, and after a colon the field in whose line it is.
        stays: whether the advice is for a person.
    """

    name: str
    do: Callable[[World], object]
    expected: tuple[tuple[Code, Level, str], ...]
    encrypted: bool = False
    stays: bool = False


def one(
    name: str, code: Code, level: Level, place: str, do: Callable[[World], object], **options: bool
) -> Damage:
    return Damage(name, do, ((code, level, place),), **options)


def remove(name: str) -> Callable[[World], object]:
    return lambda world: world.path(name).unlink()


def make_link(world: World) -> None:
    path = world.path("certificates/www.yaml")
    path.rename(world.rig.folder / "elsewhere")
    path.symlink_to(world.rig.folder / "elsewhere")


def swap_key(world: World) -> None:
    """Give an order the key of another."""
    shutil.copy(world.path("orders/{shop/api}/privkey.pem"), world.path("orders/{www}/privkey.pem"))


def another_csr(world: World, name: str, *names: str) -> None:
    key = world.rig.store.keys.read(world.path(f"orders/{{{name}}}/privkey.pem"))
    request = pki.make_csr(key, values.names(*names), IdentifierPopulation.CN_FIRST)
    world.path(f"orders/{{{name}}}/csr.pem").write_bytes(request)


def second_account(world: World, **changes: Any) -> None:  # noqa: ANN401
    key = world.rig.store.account_key("ca", 0)
    world.rig.store.save_account_key("second", 0, key)
    world.account("second", **changes)


def lose_order(world: World) -> None:
    world.path("orders/{www}.yaml").unlink()
    shutil.rmtree(world.path("orders/{www}"))


def second_order(world: World) -> None:
    store = world.rig.store
    order = replace(store.order(world.ids["hand"]), order_id=OTHER_ID)
    store.save_order(order)
    folder = world.path("orders/{hand}")
    shutil.copytree(folder, world.state / "orders" / OTHER_ID)


def half_archived(world: World) -> None:
    world.order("hand", previous_order_id=world.ids["old"])
    old = world.ids["old"]
    (world.state / f"archive/orders/{old}.yaml").rename(world.state / f"orders/{old}.yaml")


def account_key_in_certificate(world: World) -> None:
    """Give the account the key that a certificate has; the CA has it so, too."""
    key = world.path("orders/{www}/privkey.pem").read_bytes()
    store, rig = world.rig.store, world.rig
    account = store.accounts()["ca"]
    new = replace(account.active_key, thumbprint=thumbprint(key))
    world.path("accounts/ca/key-0.pem").write_bytes(key)
    store.save_account(replace(account, account_keys=(new,)))
    [known] = rig.server.accounts.values()
    known.thumbprint = new.thumbprint


def claim(world: World, *, hours: int) -> None:
    now = world.rig.clock.now()
    made = Claim(
        ClaimKind.CERTIFICATE,
        "www",
        OTHER_ID,
        "clone",
        "apply",
        "ci@runner",
        now,
        now + dt.timedelta(hours=hours),
    )
    world.write(f"{claim_path(made.kind, made.name)}", encode_claim(made))


def leftovers(world: World) -> None:
    instruction = Instruction(
        order_id=OTHER_ID,
        certificate_name="www",
        identifier=values.names("www.example.com")[0],
        challenge_type=ChallengeType.HTTP_01,
        token="token",
        key_authorization="token.thumbprint",
        by_hand=False,
        method=Method(Way.WEBROOT, str(world.rig.webroot)),
    )
    world.rig.store.save_leftovers(Leftovers(OTHER_ID, "www", (instruction,)))


def two_forms(world: World, content: bytes | None = None) -> None:
    path = world.path("orders/{www}/privkey.pem")
    key = world.rig.store.keys.read(path)
    world.write("orders/{www}/privkey.pem", content or key)


def unencrypted(world: World, name: str) -> None:
    path = world.path(name)
    key = world.rig.store.keys.read(path)
    path.with_name(f"{path.name}.age").unlink()
    world.write(name, key)


def foreign_lineage(world: World) -> None:
    world.edit("meta.yaml", "^lineage: .*", f"lineage: {OTHER_ID}")


DAMAGES = (
    # The state as a whole
    one("no-meta", Code.NO_META, ERROR, "meta.yaml", remove("meta.yaml"), stays=True),
    one(
        "newer",
        Code.NEWER_FORMAT,
        ERROR,
        "meta.yaml:format_version",
        lambda world: world.edit("meta.yaml", "^format_version: .*", "format_version: 99"),
        stays=True,
    ),
    one(
        "torn-meta",
        Code.UNREADABLE_RECORD,
        ERROR,
        "meta.yaml:1",
        lambda world: world.write("meta.yaml", b"format_vers"),
        stays=True,
    ),
    one(
        "torn-order",
        Code.UNREADABLE_RECORD,
        ERROR,
        "orders/{hand}.yaml:stage",
        lambda world: world.edit("orders/{hand}.yaml", "^stage: .*", "stage: waiting"),
        stays=True,
    ),
    one(
        "no-yaml",
        Code.UNREADABLE_RECORD,
        ERROR,
        "certificates/www.yaml:not_before",
        lambda world: world.edit("certificates/www.yaml", "^issuer: .*", "issuer: '"),
        stays=True,
    ),
    one(
        "renamed",
        Code.UNREADABLE_RECORD,
        ERROR,
        "certificates/www.yaml:name",
        lambda world: world.edit("certificates/www.yaml", "^name: .*", "name: ../../www"),
        stays=True,
    ),
    one(
        "no-account",
        Code.UNREADABLE_RECORD,
        ERROR,
        "accounts/ca.yaml:1",
        lambda world: world.write("accounts/ca.yaml", b"[]\n", 0o644),
        stays=True,
    ),
    one(
        "no-encryption",
        Code.UNREADABLE_RECORD,
        ERROR,
        "encryption.yaml:1",
        lambda world: world.write("encryption.yaml", b"{}}", 0o644),
        stays=True,
    ),
    one(
        "flawed-archive",
        Code.UNREADABLE_RECORD,
        ERROR,
        "archive/orders/{old}.yaml:attempt",
        lambda world: world.edit("archive/orders/{old}.yaml", "^attempt: .*", "attempt: once"),
        stays=True,
    ),
    one(
        "future",
        Code.IN_THE_FUTURE,
        WARNING,
        "orders/{www}.yaml:last_update",
        lambda world: world.edit("orders/{www}.yaml", "^last_update: '20", "last_update: '21"),
        stays=True,
    ),
    # Files
    one("link", Code.LINK, ERROR, "certificates/www.yaml", make_link),
    one(
        "stray",
        Code.STRAY_FILE,
        WARNING,
        "orders/notes.txt",
        lambda world: world.write("orders/notes.txt", b"?"),
        stays=True,
    ),
    one(
        "copy of a record",
        Code.STRAY_FILE,
        WARNING,
        "orders/{www}.yaml.bak",
        lambda world: shutil.copy(world.path("orders/{www}.yaml"), world.path("orders/{www}.yaml.bak")),
        stays=True,
    ),
    one(
        "temporary",
        Code.TEMPORARY_FILE,
        NOTE,
        "orders/{www}/.privkey.pem.tmp",
        lambda world: world.write("orders/{www}/.privkey.pem.tmp", b"half"),
    ),
    one(
        "temporary-delivered",
        Code.TEMPORARY_FILE,
        NOTE,
        "certs/www/.privkey.pem.tmp",
        lambda world: world.write("certs/www/.privkey.pem.tmp", b"half"),
    ),
    one(
        "open key",
        Code.READABLE_BY_OTHERS,
        ERROR,
        "accounts/ca/key-0.pem",
        lambda world: world.path("accounts/ca/key-0.pem").chmod(0o640),
    ),
    one(
        "open folder",
        Code.READABLE_BY_OTHERS,
        ERROR,
        "archive/orders/{old}",
        lambda world: world.path("archive/orders/{old}").chmod(0o755),
    ),
    one(
        "second name",
        Code.HARD_LINK,
        WARNING,
        "orders/{www}/privkey.pem",
        lambda world: os.link(world.path("orders/{www}/privkey.pem"), world.rig.folder / "other-name"),
    ),
    # Keys
    one(
        "damaged key",
        Code.UNREADABLE_KEY,
        ERROR,
        "orders/{www}/privkey.pem",
        lambda world: world.edit("orders/{www}/privkey.pem", "^[A-Za-z0-9+/]{40}", "A" * 40),
        stays=True,
    ),
    one(
        "damaged age file",
        Code.UNREADABLE_KEY,
        ERROR,
        "orders/{www}/privkey.pem.age",
        lambda world: world.write("orders/{www}/privkey.pem.age", b"age-encryption.org/v1\n"),
        encrypted=True,
        stays=True,
    ),
    one("two forms", Code.KEY_IN_TWO_FORMS, NOTE, "orders/{www}/privkey.pem", two_forms, encrypted=True),
    one(
        "two keys",
        Code.KEY_IN_TWO_FORMS,
        ERROR,
        "orders/{www}/privkey.pem",
        lambda world: two_forms(world, world.other_key()),
        encrypted=True,
        stays=True,
    ),
    one(
        "in clear",
        Code.KEY_IN_CLEAR,
        WARNING,
        "orders/{www}/privkey.pem",
        lambda world: unencrypted(world, "orders/{www}/privkey.pem"),
        encrypted=True,
    ),
    one(
        "in clear in the archive",
        Code.KEY_IN_CLEAR,
        WARNING,
        "archive/orders/{old}/privkey.pem",
        lambda world: unencrypted(world, "archive/orders/{old}/privkey.pem"),
        encrypted=True,
        stays=True,
    ),
    one(
        "unfinished",
        Code.ENCRYPTION_UNFINISHED,
        NOTE,
        "encryption.yaml:next_recipients",
        lambda world: world.rig.store.keys.begin(),
        encrypted=True,
    ),
    one(
        "no identity",
        Code.KEYS_NOT_LOOKED_AT,
        NOTE,
        "accounts/ca/key-0.pem.age",
        lambda world: encrypt_for(world.rig, [A], [B]),
        encrypted=True,
        stays=True,
    ),
    # Accounts
    one(
        "lost account key",
        Code.ACCOUNT_WITHOUT_KEY,
        ERROR,
        "accounts/ca.yaml:account_keys",
        remove("accounts/ca/key-0.pem"),
        stays=True,
    ),
    one(
        "no URL",
        Code.ACCOUNT_WITHOUT_URL,
        NOTE,
        "accounts/ca.yaml",
        lambda world: world.account(account_url=None),
    ),
    one(
        "key of no record",
        Code.KEY_WITHOUT_RECORD,
        NOTE,
        "accounts/new/key-0.pem",
        lambda world: world.write("accounts/new/key-0.pem", world.other_key()),
        stays=True,
    ),
    one(
        "key of no version",
        Code.KEY_WITHOUT_RECORD,
        NOTE,
        "accounts/ca/key-1.pem",
        lambda world: world.write("accounts/ca/key-1.pem", world.other_key()),
        stays=True,
    ),
    one(
        "other account key",
        Code.KEY_NOT_THE_ACCOUNTS,
        ERROR,
        "accounts/ca/key-0.pem",
        lambda world: world.write("accounts/ca/key-0.pem", world.other_key()),
        stays=True,
    ),
    one(
        "one account twice",
        Code.KEY_OF_TWO_ACCOUNTS,
        ERROR,
        "accounts/second.yaml:thumbprint",
        second_account,
        stays=True,
    ),
    one(
        "one key at two CAs",
        Code.KEY_OF_TWO_ACCOUNTS,
        ERROR,
        "accounts/second.yaml:thumbprint",
        lambda world: second_account(world, directory_url="https://other.test/directory"),
    ),
    one(
        "account key in a certificate",
        Code.ACCOUNT_KEY_IN_CERTIFICATE,
        ERROR,
        "orders/{www}",
        account_key_in_certificate,
        stays=True,
    ),
    # Orders
    one(
        "lost record",
        Code.ORDER_WITHOUT_RECORD,
        WARNING,
        "archive/orders/{old}",
        remove("archive/orders/{old}.yaml"),
        stays=True,
    ),
    one(
        "lost key",
        Code.ORDER_WITHOUT_KEY,
        ERROR,
        "orders/{www}.yaml",
        remove("orders/{www}/privkey.pem"),
        stays=True,
    ),
    one(
        "key to come",
        Code.ORDER_WITHOUT_KEY,
        NOTE,
        "orders/{hand}.yaml",
        remove("orders/{hand}/privkey.pem"),
        stays=True,
    ),
    one(
        "lost request",
        Code.ORDER_WITHOUT_CSR,
        WARNING,
        "orders/{www}.yaml",
        remove("orders/{www}/csr.pem"),
        stays=True,
    ),
    one(
        "lost request of a requester",
        Code.ORDER_WITHOUT_CSR,
        ERROR,
        "orders/{own}.yaml",
        remove("orders/{own}/csr.pem"),
        stays=True,
    ),
    one(
        "lost chain",
        Code.ORDER_WITHOUT_CHAIN,
        ERROR,
        "orders/{www}.yaml",
        remove("orders/{www}/fullchain.pem"),
        stays=True,
    ),
    one(
        "lost account",
        Code.ORDER_WITHOUT_ACCOUNT,
        ERROR,
        "orders/{hand}.yaml:account_name",
        lambda world: world.order("hand", account_name="gone"),
        stays=True,
    ),
    one(
        "request for other names",
        Code.CSR_DOES_NOT_FIT,
        ERROR,
        "orders/{hand}/csr.pem",
        lambda world: another_csr(world, "hand", "other.example.com"),
    ),
    one(
        "request of another",
        Code.CSR_DOES_NOT_FIT,
        ERROR,
        "orders/{own}/csr.pem",
        lambda world: world.write("orders/{own}/csr.pem", csr("own.example.com", "x.example.com").encode()),
        stays=True,
    ),
    Damage(
        "key of another order",
        swap_key,
        (
            (Code.CSR_DOES_NOT_FIT, ERROR, "orders/{www}/csr.pem"),
            (Code.CHAIN_DOES_NOT_FIT, ERROR, "orders/{www}/fullchain.pem"),
        ),
        stays=True,
    ),
    one(
        "chain of another order",
        Code.CHAIN_DOES_NOT_FIT,
        ERROR,
        "orders/{www}/fullchain.pem",
        lambda world: shutil.copy(
            world.path("orders/{shop/api}/fullchain.pem"), world.path("orders/{www}/fullchain.pem")
        ),
        stays=True,
    ),
    one(
        "other serial number",
        Code.CHAIN_DOES_NOT_FIT,
        ERROR,
        "orders/{www}/fullchain.pem",
        lambda world: world.order("www", serial_number="01:02"),
        stays=True,
    ),
    one(
        "two orders",
        Code.TWO_OPEN_ORDERS,
        WARNING,
        "orders/{hand}.yaml:certificate_name",
        second_order,
    ),
    one(
        "foreign URL",
        Code.FOREIGN_URL,
        WARNING,
        "orders/{hand}.yaml:finalize_url",
        lambda world: world.order("hand", finalize_url="https://evil.test/finalize"),
        stays=True,
    ),
    one(
        "lost previous order",
        Code.LOST_PREVIOUS_ORDER,
        WARNING,
        "orders/{hand}.yaml:previous_order_id",
        lambda world: world.order("hand", previous_order_id=OTHER_ID),
        stays=True,
    ),
    one("half archived", Code.HALF_ARCHIVED, NOTE, "orders/{old}.yaml", half_archived),
    one(
        "in two places",
        Code.HALF_ARCHIVED,
        ERROR,
        "orders/{www}.yaml",
        lambda world: shutil.copy(world.path("orders/{www}.yaml"), world.path("archive/orders/{www}.yaml")),
        stays=True,
    ),
    one(
        "files in two places",
        Code.HALF_ARCHIVED,
        ERROR,
        "orders/{www}",
        lambda world: shutil.copytree(world.path("orders/{www}"), world.path("archive/orders/{www}")),
        stays=True,
    ),
    # Certificates
    Damage(
        "lost order",
        lose_order,
        ((Code.CERTIFICATE_WITHOUT_ORDER, ERROR, "certificates/www.yaml:order_id"),),
        stays=True,
    ),
    one(
        "order of another",
        Code.CERTIFICATE_OF_OTHER_ORDER,
        ERROR,
        "certificates/www.yaml:order_id",
        lambda world: world.edit(
            "certificates/www.yaml", "^order_id: .*", f"order_id: {world.ids['shop/api']}"
        ),
        stays=True,
    ),
    one(
        "other dates",
        Code.CERTIFICATE_DIFFERS,
        ERROR,
        "certificates/www.yaml:not_after",
        lambda world: world.edit("certificates/www.yaml", "^not_after: '20", "not_after: '29"),
        stays=True,
    ),
    Damage(
        "other digest",
        lambda world: world.edit("certificates/www.yaml", "^  cert.pem: .*", f"  cert.pem: {'0' * 64}"),
        (
            (Code.DIGEST_DIFFERS, ERROR, "certificates/www.yaml:cert.pem"),
            (Code.NOT_AS_DELIVERED, NOTE, "certs/www/cert.pem"),
        ),
        stays=True,
    ),
    # Delivered
    one("missing", Code.NOT_AS_DELIVERED, NOTE, "certs/www/chain.pem", remove("certs/www/chain.pem")),
    one(
        "altered",
        Code.NOT_AS_DELIVERED,
        NOTE,
        "certs/shop/api/fullchain.pem",
        lambda world: world.write("certs/shop/api/fullchain.pem", b"?"),
    ),
    one(
        "exposed",
        Code.DELIVERED_KEY_EXPOSED,
        WARNING,
        "certs/www/privkey.pem",
        lambda world: world.path("certs/www/privkey.pem").chmod(0o644),
    ),
    Damage(
        "other key",
        lambda world: world.write("certs/www/privkey.pem", world.other_key()),
        (
            (Code.DELIVERED_DO_NOT_FIT, NOTE, "certs/www/privkey.pem"),
            (Code.NOT_AS_DELIVERED, NOTE, "certs/www/privkey.pem"),
        ),
    ),
    one(
        "unknown",
        Code.UNKNOWN_DELIVERY,
        NOTE,
        "certs/old/www",
        lambda world: shutil.copytree(world.path("certs/www"), world.path("certs/old/www")),
        stays=True,
    ),
    # What goes with orders, and the log
    one(
        "instructions of no order",
        Code.UNNEEDED_INSTRUCTIONS,
        WARNING,
        f"challenges/{OTHER_ID}",
        lambda world: world.write(f"challenges/{OTHER_ID}/instructions.json", b"{}"),
    ),
    one(
        "instructions of an order that is over",
        Code.UNNEEDED_INSTRUCTIONS,
        WARNING,
        "challenges/{www}",
        lambda world: world.write("challenges/{www}/instructions.json", b"{}"),
    ),
    one("clean-up", Code.CLEAN_UP_OF_NO_ORDER, WARNING, f"cleanup/{OTHER_ID}.yaml:order_id", leftovers),
    one(
        "claim",
        Code.CLAIM_EXPIRED,
        NOTE,
        "claims/certificates/www.yaml:until",
        lambda world: claim(world, hours=-1),
    ),
    one(
        "altered log",
        Code.LOG_ALTERED,
        ERROR,
        "events.jsonl:2",
        lambda world: world.edit("events.jsonl", '"event":"run_ended"', '"event":"run_failed"'),
        stays=True,
    ),
    one("other log", Code.LOG_ALTERED, ERROR, "events.jsonl:1", foreign_lineage, stays=True),
    one(
        "torn log",
        Code.LOG_TORN,
        NOTE,
        "events.jsonl:3",
        lambda world: world.path("events.jsonl").write_bytes(
            world.path("events.jsonl").read_bytes() + b'{"ev'
        ),
        stays=True,
    ),
)


def placed(world: World, place: str) -> tuple[str, int]:
    """Return path and line of a place."""
    name, _, field = place.partition(":")
    path = world.path(name)
    if not field or field.isdigit():
        return str(path), int(field or 0)
    lines = path.read_text().splitlines()
    return str(path), next(at for at, line in enumerate(lines, 1) if re.match(rf" *(- )?{field}:", line))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_sound_state_has_nothing(world: World) -> None:
    assert world.found() == []


def test_nor_has_one_with_encrypted_keys(tmp_path: Path) -> None:
    assert World(tmp_path, encrypted=True).found() == []


def test_nor_has_a_state_that_is_not_there(tmp_path: Path) -> None:
    assert found_in(Rig(tmp_path)) == ()


def test_nor_has_a_clone_of_a_state_that_lives_in_git(tmp_path: Path) -> None:
    """Git knows no rights, and the delivered key is never committed."""
    world = World(tmp_path, encrypted=True)
    for path in world.state.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    world.path("certs/www/privkey.pem").unlink()
    assert world.found() == []


def test_a_host_that_the_account_allows_is_the_cas(world: World) -> None:
    world.order("hand", finalize_url="https://api.ca.test:8443/finalize")
    [found] = world.found()
    assert found.code == Code.FOREIGN_URL
    assert "additional_hosts" in found.advice
    world.rig.store.save_account(
        replace(world.rig.store.accounts()["ca"], additional_hosts=("api.ca.test:8443",))
    )
    assert world.found() == []


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda each: each.name)
def test_one_damage_is_found_and_nothing_else(tmp_path: Path, damage: Damage) -> None:
    world = World(tmp_path, encrypted=damage.encrypted)
    damage.do(world)
    expected = {(code, level, *placed(world, place)) for code, level, place in damage.expected}
    found = world.found()
    assert {(each.code, each.level, each.path, each.line) for each in found} == expected
    for each in found:
        assert each.level in MEANINGS[Code(each.code)][0]
        assert each.advice
    # The advice, as far as it is a command, mends it.
    commands = dict.fromkeys(each.command for each in found if each.command)
    assert bool(commands) or damage.stays
    for command in commands:
        world.mend(command)
    left = world.found()
    known = {each.code for each in found}
    assert damage.stays or not {each.code for each in left} & known
    assert {each.level for each in left if each.code not in known} <= {NOTE}


@pytest.mark.parametrize("name", ["accounts/ca.yaml", "accounts/ca/key-0.pem"])
def test_what_is_lost_of_an_account_can_be_moved_out_of_the_state(tmp_path: Path, name: str) -> None:
    world = World(tmp_path)
    change_key(world.rig.place(), world.rig.account, world.rig.store.accounts()["ca"], KeyType.EC_256)
    lost = name.replace("key-0", "key-1")
    world.write(lost, b"lost")
    [found] = world.found()
    world.path("accounts/ca.yaml").rename(tmp_path / "ca.yaml")
    if "leave its keys there" not in found.advice:
        assert "record and folder of the account" in found.advice
        world.path("accounts/ca").rename(tmp_path / "ca")
    world.rig.want("new", "new.example.com")
    assert world.rig.apply().registered
    assert len(world.rig.server.accounts) == (1 if lost == "accounts/ca.yaml" else 2)
    assert {each.level for each in world.found()} <= {NOTE}


def test_each_code_that_can_be_had_without_root_has_a_damage() -> None:
    tested = {code for damage in DAMAGES for code, *_ in damage.expected}
    assert set(Code) - tested == {Code.OTHER_OWNER}
