"""The life of accounts at a real CA."""

from __future__ import annotations

import json
import shutil
import textwrap
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from josepy import jwk

from reconciler import pki
from reconciler.ca.connect import Connector
from reconciler.cli.clock import SystemClock
from reconciler.model.account import AccountSpec, KeyType
from reconciler.model.finding import Location
from tests.pebble.tree import Tree
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from reconciler.ca.port import CertificateAuthority
    from tests.pebble.conftest import StartPebble
    from tools.pebble import Pebble

EVERYTHING_VALID = PebbleOptions(always_valid=True)


@pytest.fixture
def tree(tmp_path: Path, pebble: StartPebble) -> Tree:
    return Tree(tmp_path / "tree", pebble(EVERYTHING_VALID))


@pytest.fixture
def client(tree: Tree) -> Iterator[Callable[[bytes, str | None], CertificateAuthority]]:
    """Another client at the same CA: what it sees of a key and an account."""
    clock = SystemClock()
    with Connector(clock.now, clock.monotonic, 1) as connector:
        spec = account_spec(tree.ca)
        yield lambda key, url: connector.connect(spec, key, url)


def account_spec(ca: Pebble) -> AccountSpec:
    return AccountSpec("ca", ca.directory_url, Location("x", 1, 1), trusted_ca=ca.trusted_ca)


def key_of(tree: Tree, version: int = 0) -> bytes:
    return (tree.root / f"state/accounts/ca/key-{version}.pem").read_bytes()


def make_older(tree: Tree) -> None:
    """Let the account's key have been made long ago."""
    path = tree.root / "state/accounts/ca.yaml"
    lines = path.read_text().splitlines()
    path.write_text(
        "\n".join(
            "  key_creation_date: 2020-01-01T00:00:00Z" if "key_creation_date" in each else each
            for each in lines
        )
        + "\n"
    )


def as_pem(tmp_path: Path, key: bytes) -> Path:
    path = tmp_path / "account.pem"
    path.write_bytes(key)
    return path


def as_certbot(tmp_path: Path, key: bytes) -> Path:
    folder = tmp_path / "certbot/accounts/server/directory/0123456789abcdef"
    folder.mkdir(parents=True)
    (folder / "private_key.json").write_text(jwk.JWK.load(key).json_dumps())
    (folder / "regr.json").write_text('{"body": {}, "uri": "https://elsewhere/1"}')
    (folder / "meta.json").write_text('{"creation_dt": "2026-01-01T00:00:00Z", "creation_host": "h"}')
    return folder


def as_lego(tmp_path: Path, key: bytes) -> Path:
    folder = tmp_path / "lego/accounts/server/a@example.com"
    (folder / "keys").mkdir(parents=True)
    loaded = serialization.load_pem_private_key(key, None)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    pem = loaded.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (folder / "keys/a@example.com.key").write_bytes(pem)
    (folder / "account.json").write_text(json.dumps({"email": "a@example.com", "registration": {"uri": "x"}}))
    return folder


@pytest.mark.parametrize("lay_out", [as_pem, as_certbot, as_lego])
@pytest.mark.parametrize("key_type", [KeyType.EC_256, KeyType.RSA_2048])
def test_an_account_of_another_client_is_imported(
    tmp_path: Path,
    tree: Tree,
    client: Callable[[bytes, str | None], CertificateAuthority],
    lay_out: Callable[[Path, bytes], Path],
    key_type: KeyType,
) -> None:
    key = pki.generate_key(key_type)
    registered = client(key, None).new_account(["mailto:a@example.com"], terms_of_service_agreed=True)
    tree.account("email_contacts: [a@example.com]")
    shown = tree.json("account", "import", "ca", "--key-file", str(lay_out(tmp_path, key)))
    assert shown["account_url"] == registered.url
    assert shown["account_keys"]["0"]["key_type"] == key_type
    assert shown["email_contacts"] == ["a@example.com"]
    assert pki.same_key(key_of(tree), key)
    assert (tree.root / "state/accounts/ca/key-0.pem").stat().st_mode & 0o077 == 0
    tree.certificate("www", "1.example.com")
    result = tree.json("apply")
    assert result["issued"]
    assert not result["registered"]
    tree.verify("www")


def test_a_key_that_the_ca_does_not_know_is_not_imported(tmp_path: Path, tree: Tree) -> None:
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    tree.run("account", "import", "ca", "--key-file", str(as_pem(tmp_path, key)), code=1)
    assert not (tree.root / "state/accounts").exists()


def test_other_contacts_are_told_to_the_ca(
    tree: Tree, client: Callable[[bytes, str | None], CertificateAuthority]
) -> None:
    tree.certificate("www", "1.example.com")
    url = tree.json("apply")["registered"][0]["account_url"]
    tree.account("email_contacts: [a@example.com, b@example.com]")
    assert "update account ca" in tree.run("plan", "--detailed-exitcode", code=2)
    assert tree.json("apply")["updated"] == [{"account": "ca"}]
    told = client(key_of(tree), url).read_account().contact
    assert set(told) == {"mailto:a@example.com", "mailto:b@example.com"}
    assert "No changes" in tree.run("plan")


@pytest.mark.parametrize("key_type", ["ec-384", "rsa-2048"])
def test_a_key_is_rotated_by_command(
    tree: Tree, client: Callable[[bytes, str | None], CertificateAuthority], key_type: str
) -> None:
    tree.certificate("www", "1.example.com")
    url = tree.json("apply")["registered"][0]["account_url"]
    rotated = tree.json("account", "rotate-key", "ca", "--key-type", key_type)
    assert (rotated["old_active_key_version"], rotated["new_active_key_version"]) == (0, 1)
    assert rotated["key_type"] == key_type
    assert client(key_of(tree, 0), None).find_account() is None
    found = client(key_of(tree, 1), None).find_account()
    assert found is not None
    assert found.url == url
    shown = tree.json("account", "show", "ca")
    assert shown["active_key_version"] == 1
    assert {each["key_type"] for each in shown["account_keys"].values()} == {"ec-256", key_type}
    tree.certificate("more", "2.example.com")
    tree.run("apply")
    tree.verify("more")
    assert tree.json("account", "rotate-key", "ca")["new_active_key_version"] == 2


def test_a_key_is_rotated_by_age(tree: Tree) -> None:
    tree.certificate("www", "1.example.com")
    tree.run("apply")
    tree.account("key_rotation: {max_age: 90d}")
    assert "No changes" in tree.run("plan")
    make_older(tree)
    assert "rotate the key of account ca" in tree.run("plan")
    [rotated] = tree.json("apply")["rotated"]
    assert rotated["new_active_key_version"] == 1
    assert "No changes" in tree.run("plan")
    tree.certificate("more", "2.example.com")
    tree.run("apply")
    tree.verify("more")


def test_a_rotation_waits_for_orders_under_way_or_for_force(tmp_path: Path, pebble: StartPebble) -> None:
    tree = Tree(tmp_path / "tree", pebble(), by_hand=True)
    tree.certificate("www", "1.example.com", "challenge_type: dns-01")
    tree.run("apply")
    tree.run("account", "rotate-key", "ca", code=1)
    tree.account("key_rotation: {max_age: 90d}")
    make_older(tree)
    assert "held back: the key of account ca" in tree.run("plan")
    [before] = tree.instructions()["challenges"]
    tree.run("order", "fulfilled", "--all")
    tree.run("account", "rotate-key", "ca", "--force")
    # What people have done is worth nothing with another key: they are asked again, for another value.
    tree.run("apply", "--detailed-exitcode", code=3)
    [after] = tree.instructions()["challenges"]
    assert after["challenge_token"] == before["challenge_token"]
    assert after["dns"]["value"] != before["dns"]["value"]
    tree.ca.challtestsrv.set_txt(after["dns"]["name"], after["dns"]["value"])
    tree.run("order", "fulfilled", "--all", "--continue")
    tree.verify("www")


def test_an_account_without_a_file_is_deactivated_unless_a_role_names_it(
    tree: Tree, client: Callable[[bytes, str | None], CertificateAuthority]
) -> None:
    tree.certificate("www", "1.example.com")
    tree.run("apply")
    key = key_of(tree)
    (tree.root / "accounts/ca.yaml").unlink()
    refused = tree.run_for_errors("plan", code=5)
    assert "there is no account `ca`" in refused
    assert "roles/web.yaml" in refused
    tree.account()
    assert "web" in tree.run_for_errors("account", "deactivate", "ca", code=1)
    for path in ("accounts/ca.yaml", "roles/web.yaml", "certificates/www.yaml"):
        (tree.root / path).unlink()
    assert "deactivate account ca" in tree.run("plan", "--allow-empty-tree")
    assert tree.json("apply", "--allow-empty-tree")["deactivated"] == [{"account": "ca"}]
    with pytest.raises(Exception, match="deactivated"):
        client(key, None).find_account()
    assert tree.json("account", "list")["accounts"] == []
    assert "No changes" in tree.run("plan")


def test_an_account_that_the_ca_has_deactivated_is_said_once_and_replaced_when_told(
    tree: Tree, client: Callable[[bytes, str | None], CertificateAuthority]
) -> None:
    tree.certificate("www", "1.example.com")
    url = tree.json("apply")["registered"][0]["account_url"]
    client(key_of(tree), url).deactivate_account()
    for number in range(2, 8):
        tree.certificate(f"more/{number}", f"{number}.example.com")
    result = tree.json("apply", code=4)
    assert {each["problem"]["type"] for each in result["failed"]} == {"urn:reconciler:error:accountGone"}
    assert "deactivated" in result["failed"][0]["problem"]["detail"]
    before = len(tree.ca.requests)
    tree.run("apply", code=4)
    orders = [each for each in tree.ca.requests[before:] if "order-plz" in each]
    assert orders == []
    assert "deactivated" in tree.run("account", "show", "ca")
    tree.run("account", "deactivate", "ca", "--force")
    result = tree.json("apply")
    assert len(result["issued"]) == 6
    assert result["registered"][0]["account_url"] != url


def test_a_ca_that_has_forgotten_the_account(tree: Tree) -> None:
    tree.certificate("www", "1.example.com")
    tree.run("apply")
    tree.ca.restart()
    tree.certificate("more", "2.example.com")
    [failure] = tree.json("apply", code=4)["failed"]
    assert failure["problem"]["type"].endswith(("accountGone", "accountUnusable"))
    tree.run("account", "deactivate", "ca", "--force")
    assert tree.json("apply")["registered"]
    tree.verify("more")


def test_several_accounts_at_several_cas(tmp_path: Path, pebble: StartPebble) -> None:
    first, second = pebble(EVERYTHING_VALID), pebble(EVERYTHING_VALID)
    tree = Tree(tmp_path / "tree", first)
    for name, ca in (("same", first), ("other", second)):
        trusted = textwrap.indent(ca.trusted_ca, "  ")
        text = f"directory_url: {ca.directory_url}\nterms_of_service_agreed: true\ntrusted_ca: |\n{trusted}"
        tree.write(f"accounts/{name}.yaml", text)
        tree.write(f"roles/{name}.yaml", f"acme_account_name: {name}\nallowed_domains: [1.example.com]")
        tree.certificate(f"by/{name}", "1.example.com", role=name)
    tree.certificate("www", "1.example.com")
    result = tree.json("apply")
    assert len(result["issued"]) == 3
    urls = {each["account"]: each["account_url"] for each in result["registered"]}
    assert len(set(urls.values())) == 3
    assert urls["other"].startswith(second.directory_url.rpartition("/")[0])
    tree.verify("www")
    tree.verify("by/same")
    issuers = {each["issuer"] for each in tree.json("certificate", "list")["certificates"]}
    assert len(issuers) == 2


def test_the_account_of_a_role_changes_only_when_the_role_says_so(tree: Tree) -> None:
    tree.certificate("www", "1.example.com")
    tree.run("apply")
    before = tree.json("certificate", "show", "www")
    tree.write("accounts/new.yaml", (tree.root / "accounts/ca.yaml").read_text())
    role = (
        (tree.root / "roles/web.yaml").read_text().replace("acme_account_name: ca", "acme_account_name: new")
    )
    tree.write("roles/web.yaml", role)
    plan = tree.run("plan", code=5)
    assert "account-changed" in plan
    assert "previous_acme_account_name: ca" in plan
    tree.run("apply", code=5)
    assert tree.json("certificate", "show", "www") == before
    tree.write("roles/web.yaml", f"{role}previous_acme_account_name: ca")
    assert "account changed: ca -> new" in tree.run("plan")
    tree.run("apply")
    assert tree.json("certificate", "show", "www")["account_name"] == "new"
    tree.verify("www")


def test_orders_of_an_account_that_is_deactivated_are_made_anew(tmp_path: Path, pebble: StartPebble) -> None:
    tree = Tree(tmp_path / "tree", pebble(), by_hand=True)
    tree.certificate("www", "1.example.com", "challenge_type: dns-01")
    tree.run("apply")
    [before] = tree.instructions()["challenges"]
    tree.run("account", "deactivate", "ca", "--force")
    assert tree.json("apply")["registered"]
    [after] = tree.instructions()["challenges"]
    assert after["challenge_token"] != before["challenge_token"]
    tree.ca.challtestsrv.set_txt(after["dns"]["name"], after["dns"]["value"])
    tree.run("order", "fulfilled", "--all", "--continue")
    tree.verify("www")


def test_a_copy_with_the_key_of_before_is_told_so_and_harms_nothing(tmp_path: Path, tree: Tree) -> None:
    tree.certificate("www", "1.example.com")
    tree.run("apply")
    copy = (tree.root / "state/accounts").rename(tmp_path / "copy")
    shutil.copytree(copy, tree.root / "state/accounts")
    tree.run("account", "rotate-key", "ca")
    shutil.rmtree(tree.root / "state/accounts")
    copy.rename(tree.root / "state/accounts")
    tree.certificate("more", "2.example.com")
    [failure] = tree.json("apply", code=4)["failed"]
    assert failure["problem"]["type"].endswith("accountGone")
    said = tree.run_for_errors("account", "deactivate", "ca", "--force", code=1)
    assert "may have another one by now" in said
    assert (tree.root / "state/accounts/ca.yaml").exists()
