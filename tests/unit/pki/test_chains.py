from __future__ import annotations

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from reconciler import pki
from reconciler.errors import InvalidCertificateError
from reconciler.model.identifier import Identifier
from tests.unit.pki.authorities import INTERMEDIATE, KEY_PEM, NAMES, ROOT, Authority, chain, pem, public_key
from tests.unit.pki.csrs import pem as pem_block

WANTED = [Identifier("dns", "www.example.com")]
KEY_IDENTIFIER = bytes.fromhex("69885B6B87464041E1B37B847BA0AE2CDE01C8D4")
# RFC 9773 appendix A.
EXAMPLE = """\
-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----
"""


def authority_key(identifier: bytes | None, serial: int | None = None) -> x509.AuthorityKeyIdentifier:
    name = None if serial is None else [x509.DirectoryName(ROOT.name)]
    return x509.AuthorityKeyIdentifier(identifier, name, serial)


def test_the_example_of_the_rfc() -> None:
    issued = pki.read_chain(EXAMPLE)
    assert issued.certificate_id == "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"
    assert issued.authority_key_id == "69:88:5b:6b:87:46:40:41:e1:b3:7b:84:7b:a0:ae:2c:de:01:c8:d4"
    assert issued.serial_number == "87:65:43:21"
    assert issued.issuers == ("Example CA",)


@pytest.mark.parametrize(
    ("serial", "content"),
    [
        (1, "01"),
        (0x7F, "7f"),
        (0x80, "0080"),
        (0xFF, "00ff"),
        (0x100, "0100"),
        (0x7FFF, "7fff"),
        (0x87654321, "0087654321"),
        ((1 << 159) - 1, "7f" + "ff" * 19),
    ],
)
def test_the_serial_number_in_the_identifier_is_the_one_in_the_certificate(serial: int, content: str) -> None:
    text = chain(authority_key(KEY_IDENTIFIER), serial=serial)
    issued = pki.check_chain(text, KEY_PEM, WANTED)
    identifier, _, found = (issued.certificate_id or "").partition(".")
    assert base64.urlsafe_b64decode(found + "==").hex() == content
    assert base64.urlsafe_b64decode(identifier + "==") == KEY_IDENTIFIER
    assert "=" not in issued.certificate_id  # type: ignore[operator]
    # Tag, length, content: as the certificate itself has it.
    der = x509.load_pem_x509_certificate(issued.cert_pem.encode()).public_bytes(serialization.Encoding.DER)
    assert bytes([2, len(content) // 2]) + bytes.fromhex(content) in der[:50]


@pytest.mark.parametrize(
    "extensions", [[], [authority_key(None, serial=7)]], ids=["without", "by name and serial number only"]
)
def test_without_a_key_identifier_there_is_no_certificate_identifier(
    extensions: list[x509.ExtensionType],
) -> None:
    issued = pki.check_chain(chain(*extensions), KEY_PEM, WANTED)
    assert issued.certificate_id is None
    assert issued.authority_key_id is None


def test_the_names_of_the_issuers_end_with_the_root_whether_or_not_it_was_sent() -> None:
    assert pki.read_chain(chain(above=[])).issuers == ("Example R3",)
    assert pki.read_chain(chain()).issuers == ("Example R3", "Example Root X1")
    whole = pki.read_chain(chain(above=[INTERMEDIATE, ROOT]))
    assert whole.issuers == ("Example R3", "Example Root X1", "Example Root X1")


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ((), r"O=Example\, Ltd."),
        (("first", "second"), "first"),
        (("\x1b[31mred",), "?[31mred"),
    ],
)
def test_issuers_with_unusual_names(names: tuple[str, ...], shown: str) -> None:
    authority = Authority(*names)
    assert pki.read_chain(pem(authority.issue(public_key(), NAMES))).issuers == (shown,)


@pytest.mark.parametrize(
    ("common_name", "expected"),
    [
        ("Example R3", True),
        ("Example Root X1", True),
        ("example root x1", True),
        ("EXAMPLE ROOT X1", True),
        ("Example Root", False),
        ("Example Root X1 ", False),
        ("CN=Example Root X1", False),
        ("www.example.com", False),
        ("", False),
    ],
)
def test_the_chain_to_take_is_named_by_an_issuer(common_name: str, expected: bool) -> None:
    assert pki.chain_has_issuer(pki.read_chain(chain()), common_name) is expected


def test_a_chain_is_read_without_its_key_and_whatever_its_names_and_order() -> None:
    text = chain(authority_key(KEY_IDENTIFIER))
    assert pki.read_chain(text) == pki.check_chain(text, KEY_PEM, WANTED)
    nameless = pki.read_chain(pem(INTERMEDIATE.issue(public_key()), Authority("Another").certificate))
    assert nameless.issuer == r"CN=Example R3,O=Example\, Ltd."
    assert nameless.issuers == ("Example R3", "Another")


def changed(old: bytes, new: bytes, *extensions: x509.ExtensionType) -> str:
    """Return a leaf of which some bytes are others."""
    leaf = INTERMEDIATE.issue(public_key(), NAMES, *extensions)
    der = leaf.public_bytes(serialization.Encoding.DER)
    assert old in der
    return pem_block(der.replace(old, new, 1), "CERTIFICATE")


DAMAGED = [
    ("", "holds no certificate"),
    ("rubbish", "holds no certificate"),
    (chain() + KEY_PEM.decode(), "something else than certificates: PRIVATE KEY"),
    (chain().replace("MII", "XII", 1), "the CA's certificate cannot be read"),
    (
        changed(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05"),
        "cannot be read: 5 is not a valid X509 version",
    ),
    # An x400Address, of which `cryptography` knows nothing.
    (changed(b"\x82\x0fwww.example.com", b"\xa3\x0fwww.example.com"), "no readable extensions"),
    # The names become a second key usage, and what is none.
    (changed(b"\x55\x1d\x11", b"\x55\x1d\x0f"), "no readable extensions"),
    (
        changed(b"\x55\x1d\x23", b"\x55\x1d\x11", authority_key(KEY_IDENTIFIER)),
        "no readable extensions: Duplicate",
    ),
]


@pytest.mark.parametrize(("text", "message"), DAMAGED)
def test_what_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(InvalidCertificateError, match=message):
        pki.read_chain(text)
    with pytest.raises(InvalidCertificateError, match=message):
        pki.check_chain(text, KEY_PEM, WANTED)
