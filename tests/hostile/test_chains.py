"""What a CA sends as a certificate: in force is only what was ordered, and the old one stays until then."""

from __future__ import annotations

import base64
import datetime as dt
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.hostile.in_process import NOW
from tests.unit.ca.whole_ca import ROOT, Authority, chain_for, pem

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import RecordFigure
    from tests.hostile.in_process import Here

Csr = x509.CertificateSigningRequest
_DAY = dt.timedelta(days=1)
_OTHER = ec.generate_private_key(ec.SECP256R1())
_KEY = _OTHER.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
_ENCRYPTED = _OTHER.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.TraditionalOpenSSL,
    serialization.BestAvailableEncryption(b"x"),
).decode()
_OUTSIDER = Authority("outsider")


def leaf(csr: Csr, **changes: object) -> str:
    return pem(ROOT.leaf(csr.public_key(), **changes))  # type: ignore[arg-type]


def _patched(csr: Csr, old: bytes, new: bytes) -> str:
    """Return a leaf in which some bytes are others (of the same length); its signature is wrong then."""
    der = ROOT.leaf(csr.public_key()).public_bytes(serialization.Encoding.DER)
    assert old in der
    text = base64.encodebytes(der.replace(old, new)).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"


REFUSED: dict[str, tuple[Callable[[Csr], str], str]] = {
    "a private key": (lambda csr: chain_for(csr) + _KEY, "something else than certificates: PRIVATE KEY"),
    "a private key first": (
        lambda csr: _KEY + chain_for(csr),
        "something else than certificates: PRIVATE KEY",
    ),
    "an encrypted key": (lambda csr: chain_for(csr) + _ENCRYPTED, "text outside the certificates"),
    "a block with a long name": (
        lambda csr: chain_for(csr) + f"-----BEGIN {'A' * 9000}-----\n\n-----END {'A' * 9000}-----\n",
        "something else than certificates: AAAA",
    ),
    "other names": (lambda csr: leaf(csr, names=("evil.example.com",)), "www.example.com is missing"),
    "fewer names": (lambda csr: leaf(csr, names=()), "no readable names"),
    "more names": (
        lambda csr: leaf(csr, names=("www.example.com", "evil.example.com")),
        "evil.example.com was not asked for",
    ),
    "a thousand names": (
        lambda csr: leaf(csr, names=("www.example.com", *(f"{each}.example.com" for each in range(1000)))),
        "and 980 more",
    ),
    "another kind of name": (
        lambda csr: leaf(csr, alternatives=(x509.RFC822Name("a@example.com"),)),
        "names what is no name or address",
    ),
    "a name with escapes": (
        lambda csr: leaf(csr, alternatives=(x509.UniformResourceIdentifier("x:\x1b[2J"),)),
        "names what is no name or address",
    ),
    "another key": (lambda _: pem(ROOT.leaf(_OTHER.public_key())), "not for the key"),
    "expired": (
        lambda csr: leaf(csr, begin=NOW - 90 * _DAY, end=NOW - _DAY),
        "has expired: it ended at",
    ),
    "garbage in a block": (
        lambda _: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "cannot be read",
    ),
    "a thousand certificates": (lambda csr: leaf(csr) + ROOT.pem() * 999, "has 1000 certificates"),
    "text between": (lambda csr: leaf(csr) + "and now:\n" + ROOT.pem(), "text outside the certificates"),
    "the wrong order": (lambda csr: ROOT.pem() + leaf(csr), "not for the key"),
    "the leaf twice": (lambda csr: leaf(csr) * 2, "certificate 1 was not issued by certificate 2"),
    "an issuer that is another": (
        lambda csr: leaf(csr) + _OUTSIDER.pem(),
        "certificate 1 was not issued by certificate 2",
    ),
    "a CA as leaf": (
        lambda csr: leaf(csr, extensions=(x509.BasicConstraints(ca=True, path_length=None),)),
        "is one to issue others with",
    ),
    "a malformed extension": (
        lambda csr: _patched(csr, b"\x82\x0fwww.example.com", b"\x9f\x0fwww.example.com"),
        "no readable extensions",
    ),
}

NOT_NOW: dict[str, tuple[Callable[[Csr], str], str]] = {
    "not yet valid": (
        lambda csr: leaf(csr, begin=NOW + 8 * _DAY, end=NOW + 90 * _DAY),
        "is valid from",
    ),
    "DER": (
        lambda csr: ROOT.leaf(csr.public_key()).public_bytes(serialization.Encoding.DER).decode("latin-1"),
        "no certificate chain in PEM",
    ),
    "nothing": (lambda _: "", "no certificate chain in PEM"),
    "a key alone": (lambda _: _KEY, "no certificate chain in PEM"),
}

ACCEPTED: dict[str, Callable[[Csr], str]] = {
    "without a chain": leaf,
    "CRLF": lambda csr: chain_for(csr).replace("\n", "\r\n"),
    "blank lines": lambda csr: (
        "\n\n" + chain_for(csr).replace("-----END CERTIFICATE-----\n", "-----END CERTIFICATE-----\n\n")
    ),
    "a serial number of 20 bytes": lambda csr: leaf(csr, serial=2**159 - 1),
    "no end": lambda csr: leaf(csr, end=dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)),
    "an end after 2050": lambda csr: leaf(csr, end=dt.datetime(2051, 1, 1, tzinfo=dt.UTC)),
    "a begin before 1970": lambda csr: leaf(csr, begin=dt.datetime(1950, 1, 1, tzinfo=dt.UTC)),
    "a clock that is a little ahead": lambda csr: leaf(csr, begin=NOW + dt.timedelta(minutes=50)),
    "an issuer with escapes": lambda csr: pem(Authority("evil\x1b[2J\u202e" * 3).leaf(csr.public_key())),
}


def renewing(here: Here) -> bytes:
    """Have a certificate in force that is due for renewal; return it."""
    assert here.run("apply", "--no-wait")[0] == 0
    here.now = NOW + 65 * _DAY
    return (here.folder / "certs/www/fullchain.pem").read_bytes()


@pytest.mark.parametrize("name", REFUSED)
def test_a_chain_that_was_not_ordered_is_refused_and_the_old_one_stays(here: Here, name: str) -> None:
    chain, message = REFUSED[name]
    old = renewing(here)
    here.ca.issue = chain
    code, said = here.run("apply", "--no-wait")
    assert code == 4
    assert message in " ".join(said.split())
    assert len(said) < 5_000
    assert (here.folder / "certs/www/fullchain.pem").read_bytes() == old
    check_nothing_of_the_key(here)
    here.ca.be_honest()
    here.now += dt.timedelta(minutes=2)
    assert here.run("apply", "--no-wait")[0] == 0
    assert (here.folder / "certs/www/fullchain.pem").read_bytes() != old


@pytest.mark.parametrize("name", NOT_NOW)
def test_what_may_be_right_later_ends_no_order(here: Here, name: str) -> None:
    chain, message = NOT_NOW[name]
    here.ca.issue = chain
    code, said = here.run("apply", "--no-wait")
    assert code == 4
    assert message in " ".join(said.split())
    assert not (here.folder / "certs/www").exists()
    check_nothing_of_the_key(here)
    if name != "not yet valid":
        here.ca.orders[0].chain = ""
        return
    here.now += 8 * _DAY
    assert here.run("apply", "--no-wait")[0] == 0
    assert len(here.ca.orders) == 1


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_chain_that_is_right_is_taken(here: Here, name: str) -> None:
    here.ca.issue = ACCEPTED[name]
    code, said = here.run("apply", "--no-wait")
    assert code == 0, said
    for command in (("status",), ("certificate", "show", "www"), ("plan",), ("order", "list"), ("log",)):
        assert here.run(*command)[0] == 0
        if command != ("log",):
            assert here.run(*command, "--format", "json")[0] == 0


def test_what_has_no_end_is_not_ordered_again_and_again(here: Here) -> None:
    here.ca.offers_renewal = False
    here.ca.issue = ACCEPTED["no end"]
    for _ in range(3):
        assert here.run("apply", "--no-wait")[0] == 0
        here.now += 3650 * _DAY
    assert len(here.ca.orders) == 1


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_no_damage_to_a_chain_is_a_bug(here: Here, record_figure: RecordFigure) -> None:
    """Each byte of a leaf is changed, in several ways: it is taken, or refused with a reason."""
    from reconciler import pki
    from reconciler.errors import InvalidCertificateError
    from reconciler.model.identifier import parse_identifier

    der = ROOT.leaf(_OTHER.public_key()).public_bytes(serialization.Encoding.DER)
    names = (parse_identifier("www.example.com"),)
    taken = refused = 0
    for index in range(len(der)):
        for change in (1, 0x20, 0x80, 0xFF):
            damaged = bytearray(der)
            damaged[index] ^= change
            text = base64.encodebytes(bytes(damaged)).decode()
            chain = f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"
            try:
                pki.check_chain(chain, _KEY.encode(), names)
                taken += 1
            except InvalidCertificateError:
                refused += 1
    assert refused > taken
    record_figure(
        "damaged leaves", f"{taken + refused}, of which {refused} were refused and {taken} said the same"
    )


def check_nothing_of_the_key(here: Here) -> None:
    """See to it that nothing of the key that the CA sent is anywhere."""
    middle = _KEY.splitlines()[1].encode()
    for path in here.folder.rglob("*"):
        assert path.is_dir() or middle not in path.read_bytes()
