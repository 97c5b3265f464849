"""`reconciler certificate fetch`: every form, where it goes, and who may see a private key."""

from __future__ import annotations

import datetime as dt
import os
import pty
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from reconciler import pki
from reconciler.model.revocation import Revocation, RevocationReason
from tests.acceptance.command_line import PROGRAM, environment
from tests.acceptance.trees import write_issued, write_tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram
    from tests.acceptance.trees import Issued

FORMATS = ("pem", "der", "pem_bundle", "pkcs12", "json")
KEY = "PRIVATE KEY"
DAY = dt.timedelta(days=1)
DER = serialization.Encoding.DER


@pytest.fixture
def issued(tree: Path) -> Issued:
    return write_issued(tree)


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("P12_PASSWORD", "geheim !~")
    return "geheim !~"


def fetched_bytes(folder: Path, *arguments: str) -> bytes:
    done = subprocess.run(
        [*PROGRAM, "certificate", "fetch", *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def on_a_terminal(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Run `fetch` with its output on a terminal; return the exit code, what is seen there, and the rest."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [*PROGRAM, "certificate", "fetch", *arguments],
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.PIPE,
        )
        os.close(theirs)
        seen = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # so Linux says that nobody has the other end any more
                break
            if not part:
                break
            seen += part
        _, messages = process.communicate(timeout=60)
        return process.returncode, seen.decode().replace("\r\n", "\n"), messages.decode()
    finally:
        os.close(ours)


# Forms


def test_certificate_and_chain(issued: Issued, program: RunProgram) -> None:
    done = program("certificate", "fetch", "www")
    assert (done.code, done.out, done.err) == (0, issued.chain.decode(), "")
    assert program("certificate", "fetch", "www", "--format", "pem").out == done.out


def test_the_key_goes_before_them_where_it_is_asked_for(issued: Issued, program: RunProgram) -> None:
    whole = (issued.key + issued.chain).decode()
    assert program("certificate", "fetch", "www", "--with-private-key").out == whole
    assert program("certificate", "fetch", "www", "--format", "pem_bundle").out == whole


def test_der_is_the_certificate_alone(tree: Path, issued: Issued) -> None:
    assert fetched_bytes(tree, "www", "--format", "der") == issued.leaf.public_bytes(DER)


@pytest.mark.parametrize("with_key", [False, True])
def test_a_document(issued: Issued, program: RunProgram, with_key: bool) -> None:
    options = ("--with-private-key",) if with_key else ()
    document = program("certificate", "fetch", "www", "--format", "json", *options).document
    assert (document["kind"], document["name"]) == ("fetched_certificate", "www")
    assert document["order_id"] == issued.order.order_id
    assert document["private_key"] == (issued.key.decode() if with_key else None)
    assert document["private_key_type"] == "ec-256"
    assert document["serial_number"] == "03:e7:1f:a2:3d"
    assert document["certificate"] + "".join(document["ca_chain"]) == issued.chain.decode()
    assert len(document["ca_chain"]) == 2
    identifier = issued.leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert identifier.key_identifier
    assert document["authority_key_id"] == identifier.key_identifier.hex(":")
    assert document["not_after"] == issued.leaf.not_valid_after_utc.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("how", ["--password-env", "--password-file"])
def test_pkcs12(tree: Path, issued: Issued, password: str, program: RunProgram, how: str) -> None:
    (tree / "password").write_text(f"{password}\nnot this\n")
    where = "P12_PASSWORD" if how == "--password-env" else "password"
    done = program("certificate", "fetch", "www", "--format", "pkcs12", how, where, "-o", "www.p12")
    assert (done.code, done.out, done.err) == (0, "", "")
    content = (tree / "www.p12").read_bytes()
    loaded = pkcs12.load_pkcs12(content, password.encode())
    assert loaded.cert is not None
    assert (loaded.cert.certificate, loaded.cert.friendly_name) == (issued.leaf, b"www")
    assert len(loaded.additional_certs) == 2
    assert loaded.key is not None
    key = loaded.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert pki.same_key(key, issued.key)
    assert issued.key not in content


# Which one


def test_by_its_order_whatever_became_of_it(tree: Path, program: RunProgram) -> None:
    old = write_issued(tree, number=1, in_force=False)
    new = write_issued(tree, number=2, serial=0xABCDEF)
    for each in (old, new):
        assert program("certificate", "fetch", "--order", each.order.order_id).out == each.chain.decode()
    assert program("certificate", "fetch", "www").out == new.chain.decode()
    document = program("certificate", "fetch", "--order", old.order.order_id, "--format", "json").document
    assert (document["name"], document["order_id"]) == ("www", old.order.order_id)


def test_by_role_and_identifiers(tree: Path, program: RunProgram) -> None:
    write_issued(tree, "short", 1, serial=1, left=40 * DAY)
    longest = write_issued(tree, "long", 2, serial=2, left=80 * DAY)
    write_issued(tree, "both", 3, serial=3, identifiers=("www.example.com", "api.example.com"))
    by_role = ("certificate", "fetch", "--role", "web", "--identifier")
    assert program(*by_role, "WWW.example.com.").out == longest.chain.decode()
    both = program(*by_role, "api.example.com", "--identifier", "www.example.com", "--format", "json")
    assert both.document["name"] == "both"


@pytest.mark.parametrize(
    ("least", "enough"),
    [
        ("1d", True),
        ("39d", True),
        ("41d", False),
        ("6w", False),
        ("44%", True),
        ("45%", False),
        ("0.5%", True),
    ],
)
def test_so_much_must_be_left(tree: Path, program: RunProgram, least: str, enough: bool) -> None:
    write_issued(tree, left=40 * DAY)
    done = program(
        *("certificate", "fetch", "--role", "web", "--identifier", "www.example.com", "--min-validity", least)
    )
    if enough:
        assert (done.code, done.err) == (0, "")
        assert "BEGIN CERTIFICATE" in done.out
    else:
        assert (done.code, done.out) == (1, "")
        assert "the certificate of the role web for www.example.com ends at 20" in done.err
        assert "which is less than is asked for" in done.err


def test_none_that_qualifies(tree: Path, program: RunProgram) -> None:
    write_issued(tree, identifiers=("www.example.com", "api.example.com"))
    by_role = ("certificate", "fetch", "--role", "web", "--identifier", "www.example.com")
    done = program(*by_role)
    assert (done.code, done.out) == (1, "")
    assert "no certificate of the role web is for exactly www.example.com" in done.err
    other = program("certificate", "fetch", "--role", "other", "--identifier", "www.example.com")
    assert (other.code, other.out) == (1, "")
    assert "no certificate of the role other" in other.err


@pytest.mark.parametrize("why", ["expired", "revoked"])
def test_one_that_is_not_valid_any_more_does_not_qualify(tree: Path, program: RunProgram, why: str) -> None:
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    issued = write_issued(
        tree,
        left=-DAY if why == "expired" else 80 * DAY,
        revocation=Revocation(at, RevocationReason.SUPERSEDED) if why == "revoked" else None,
    )
    done = program("certificate", "fetch", "--role", "web", "--identifier", "www.example.com")
    assert (done.code, done.out) == (1, "")
    assert "is expired or revoked" in done.err
    assert program("certificate", "fetch", "www").out == issued.chain.decode()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("ww", "there is no certificate `ww`; did you mean `www`?"),
        ("--order 1234", "there is no order '1234'"),
        ("--order ../meta", "there is no order"),
        ("www --format pkcs12 --password-env NOT_SET", "the environment variable NOT_SET is not set"),
        ("www -o nowhere/www.pem", "nowhere/www.pem"),
    ],
)
def test_what_is_not_there(
    tree: Path, issued: Issued, program: RunProgram, arguments: str, message: str
) -> None:
    done = program("certificate", "fetch", *arguments.split())
    assert (done.code, done.out) == (1, "")
    assert message in done.err


def test_an_order_without_a_certificate(tree: Path, program: RunProgram) -> None:
    from tests.acceptance.trees import write_waiting_order

    order = write_waiting_order(tree)
    done = program("certificate", "fetch", "--order", order.order_id)
    assert (done.code, done.out) == (1, "")
    assert "is awaiting_challenge_fulfillment: it has no certificate" in done.err


def test_an_empty_password_is_refused(tree: Path, issued: Issued, program: RunProgram) -> None:
    (tree / "password").write_text("\n")
    done = program("certificate", "fetch", "www", "--format", "pkcs12", "--password-file", "password")
    assert (done.code, done.out) == (1, "")
    assert "is empty" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "name one certificate, or give --order, or --role with --identifier"),
        ("www --order 1", "name one certificate, or give --order"),
        ("www --role web --identifier a.example.com", "name one certificate, or give --order"),
        ("--role web", "--role goes with --identifier"),
        ("www --identifier a.example.com", "--role goes with --identifier"),
        ("www --min-validity 30d", "--min-validity with both"),
        ("--role web --identifier a.example.com --min-validity soon", "is neither a part of the lifetime"),
        ("--role web --identifier a.example.com --min-validity 100%", "between 0% and 100%"),
        ("--role web --identifier a..b", "Invalid value for '--identifier'"),
        ("www --format jks", "'jks' is not one of"),
        ("www --format pkcs12", "pkcs12 wants its password"),
        ("www --format pkcs12 --password-env A --password-file reconciler.yaml", "pkcs12 wants its password"),
        ("www --password-env A", "only pkcs12 has a password"),
        ("www --format pkcs12 --password-file nowhere", "does not exist"),
        ("www --format der --with-private-key", "der holds the certificate alone"),
        ("www -o certs", "is a directory"),
    ],
)
def test_wrong_usage(issued: Issued, program: RunProgram, arguments: str, message: str) -> None:
    done = program("certificate", "fetch", *arguments.split())
    assert (done.code, done.out) == (64, "")
    assert message in " ".join(done.err.split())


# A certificate whose key is with the requester


@pytest.mark.parametrize("form", ["pem", "pem_bundle"])
def test_without_a_key_there_is_the_chain_alone(tree: Path, program: RunProgram, form: str) -> None:
    issued = write_issued(tree, with_csr=True)
    done = program("certificate", "fetch", "www", "--format", form)
    assert (done.code, done.out, done.err) == (0, issued.chain.decode(), "")


@pytest.mark.parametrize("form", ["pem", "pem_bundle", "json"])
def test_a_key_that_is_not_here_cannot_be_had(tree: Path, program: RunProgram, form: str) -> None:
    write_issued(tree, with_csr=True)
    done = program("certificate", "fetch", "www", "--format", form, "--with-private-key")
    assert (done.code, done.out) == (1, "")
    assert "whoever made the CSR" in done.err


def test_a_document_without_a_key(tree: Path, program: RunProgram) -> None:
    write_issued(tree, with_csr=True)
    done = program("certificate", "fetch", "www", "--format", "json")
    assert done.document["private_key"] is None
    assert KEY not in done.out


def test_pkcs12_needs_the_key(tree: Path, password: str, program: RunProgram) -> None:
    write_issued(tree, with_csr=True)
    done = program("certificate", "fetch", "www", "--format", "pkcs12", "--password-env", "P12_PASSWORD")
    assert (done.code, done.out) == (1, "")
    assert "the private key is with whoever made the CSR, and pkcs12 needs it: take pem" in done.err


# Where it goes


@pytest.mark.parametrize("umask", [0o022, 0o000])
@pytest.mark.parametrize(
    ("options", "mode"),
    [
        ("--format pem", 0o644),
        ("--format der", 0o644),
        ("--format json", 0o644),
        ("--format pem --with-private-key", 0o600),
        ("--format pem_bundle", 0o600),
        ("--format json --with-private-key", 0o600),
        ("--format pkcs12 --password-env P12_PASSWORD", 0o600),
    ],
)
def test_a_file_can_be_read_by_others_only_if_there_is_no_key_in_it(
    tree: Path, issued: Issued, password: str, program: RunProgram, options: str, mode: int, umask: int
) -> None:
    (tree / "out").write_text("before")
    (tree / "out").chmod(0o666)
    before = os.umask(umask)
    try:
        done = program("certificate", "fetch", "www", *options.split(), "--output", "out")
    finally:
        os.umask(before)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert (tree / "out").stat().st_mode & 0o777 == mode
    assert not (tree / ".out.tmp").exists()


def test_a_link_is_replaced_and_not_followed(tree: Path, issued: Issued, program: RunProgram) -> None:
    (tree / "elsewhere").write_text("before")
    (tree / "out").symlink_to("elsewhere")
    assert program("certificate", "fetch", "www", "--format", "pem_bundle", "-o", "out").code == 0
    assert (tree / "elsewhere").read_text() == "before"
    assert (tree / "out").read_bytes() == issued.key + issued.chain


# A terminal


def test_texts_without_a_key_are_shown(tree: Path, issued: Issued) -> None:
    assert on_a_terminal(tree, "www") == (0, issued.chain.decode(), "")
    code, seen, _ = on_a_terminal(tree, "www", "--format", "json")
    assert (code, KEY in seen) == (0, False)


def test_a_private_key_comes_to_a_terminal_only_if_that_is_said(tree: Path, issued: Issued) -> None:
    code, seen, messages = on_a_terminal(tree, "www", "--format", "pem_bundle")
    assert (code, seen) == (64, "")
    assert "there is a private key in it: give --output FILE, or --with-private-key" in " ".join(
        messages.split()
    )
    assert KEY not in messages
    for form in ("pem", "pem_bundle"):
        code, seen, _ = on_a_terminal(tree, "www", "--format", form, "--with-private-key")
        assert (code, seen) == (0, (issued.key + issued.chain).decode())


@pytest.mark.parametrize("options", ["--format der", "--format pkcs12 --password-env P12_PASSWORD"])
@pytest.mark.parametrize("with_key", [False, True])
def test_a_terminal_can_do_with_texts_only(
    tree: Path, issued: Issued, password: str, options: str, with_key: bool
) -> None:
    if with_key and "der" in options:
        options = "--format der"
    elif with_key:
        options += " --with-private-key"
    code, seen, messages = on_a_terminal(tree, "www", *options.split())
    assert (code, seen) == (64, "")
    assert "is nothing for a terminal: give --output FILE" in " ".join(messages.split())


def test_a_file_is_written_whatever_standard_output_is(tree: Path, issued: Issued) -> None:
    assert on_a_terminal(tree, "www", "--format", "pem_bundle", "-o", "bundle.pem") == (0, "", "")
    assert (tree / "bundle.pem").read_bytes() == issued.key + issued.chain


# What has changed since


def test_a_key_that_is_gone_is_named(tree: Path, issued: Issued, program: RunProgram) -> None:
    (tree / f"state/orders/{issued.order.order_id}/privkey.pem").unlink()
    assert program("certificate", "fetch", "www").code == 0
    done = program("certificate", "fetch", "www", "--with-private-key")
    assert (done.code, done.out) == (1, "")
    assert "privkey.pem" in done.err


def test_what_does_not_fit_together_any_more_is_not_handed_out(
    tree: Path, issued: Issued, program: RunProgram
) -> None:
    other = write_issued(tree, "other", 2)
    folder = tree / "state/orders"
    key = (folder / other.order.order_id / "privkey.pem").read_bytes()
    (folder / issued.order.order_id / "privkey.pem").write_bytes(key)
    done = program("certificate", "fetch", "www", "--format", "pem_bundle")
    assert (done.code, done.out) == (1, "")
    assert "not for the key" in done.err


def test_the_tree_need_not_ask_for_it_any_more(tree: Path, issued: Issued, program: RunProgram) -> None:
    write_tree(tree)
    (tree / "certificates/www.yaml").unlink()
    assert program("certificate", "fetch", "www").out == issued.chain.decode()


@pytest.mark.parametrize("form", FORMATS)
def test_a_tree_that_is_invalid_is_no_obstacle_in_any_form(
    tree: Path, issued: Issued, password: str, program: RunProgram, form: str
) -> None:
    write_tree(tree, **{"certificates/www.yaml": "role: nobody\nidentifiers: [www.example.com]\n"})
    options = ("--password-env", "P12_PASSWORD") if form == "pkcs12" else ()
    done = program("certificate", "fetch", "www", "--format", form, "-o", "out", *options)
    assert (done.code, done.err) == (0, "")
    assert (tree / "out").stat().st_size > 0
    assert program("certificate", "lookup", issued.order.serial_number or "").code == 0


def test_settings_that_are_invalid_say_nothing_of_where_the_state_is(
    tree: Path, issued: Issued, program: RunProgram
) -> None:
    write_tree(tree, **{"reconciler.yaml": "rubbish: 1\n"})
    done = program("certificate", "fetch", "www")
    assert (done.code, done.out) == (5, "")
    assert "reconciler.yaml" in done.err
