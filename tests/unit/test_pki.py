from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from reconciler import pki
from reconciler.errors import InvalidCertificateError, StateError
from reconciler.model.account import KeyType
from reconciler.model.identifier import Identifier
from reconciler.model.role import IdentifierPopulation

NAMES = [
    Identifier("dns", "example.org"),
    Identifier("dns", "*.example.org"),
    Identifier("ip", "2001:db8::1"),
]
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
END = START + timedelta(days=90)
OUR_KEY = pki.generate_key(KeyType.EC_256)
OTHER_KEY = pki.generate_key(KeyType.EC_256)


def private_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def general_names(identifiers: list[Identifier]) -> list[x509.GeneralName]:
    return [
        x509.DNSName(each.value) if each.type == "dns" else x509.IPAddress(ip_address(each.value))
        for each in identifiers
    ]


class Authority:
    """A root, or what it has issued."""

    def __init__(self, name: str, issuer: Authority | None = None) -> None:
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = (issuer or self).issue(self.name, self.key.public_key())

    def issue(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        names: list[x509.GeneralName] | None = None,
        serial: int = 0x03E71FA23D,
    ) -> x509.Certificate:
        builder = x509.CertificateBuilder(self.name, subject, key, serial, START, END)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())


ROOT = Authority("Test Root")
INTERMEDIATE = Authority("Test Issuer", ROOT)


def pem(*certificates: x509.Certificate) -> str:
    return "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in certificates)


def leaf(
    names: list[x509.GeneralName] | None = None, key: bytes = OUR_KEY, serial: int = 0x03E71FA23D
) -> x509.Certificate:
    names = general_names(NAMES) if names is None else names
    return INTERMEDIATE.issue(x509.Name([]), private_key(key).public_key(), names, serial)


GOOD = pem(leaf(), INTERMEDIATE.certificate)


@pytest.mark.parametrize(
    ("key_type", "kind", "size"),
    [
        (KeyType.EC_256, ec.EllipticCurvePrivateKey, 256),
        (KeyType.EC_384, ec.EllipticCurvePrivateKey, 384),
        (KeyType.EC_521, ec.EllipticCurvePrivateKey, 521),
        (KeyType.RSA_2048, rsa.RSAPrivateKey, 2048),
        (KeyType.RSA_4096, rsa.RSAPrivateKey, 4096),
    ],
)
def test_keys(key_type: KeyType, kind: type, size: int) -> None:
    text = pki.generate_key(key_type)
    assert text.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    key = serialization.load_pem_private_key(text, None)
    assert isinstance(key, kind)
    assert key.key_size == size  # type: ignore[union-attr]


def test_every_key_type_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    small = rsa.generate_private_key(65537, 2048)

    def generate(public_exponent: int, key_size: int) -> rsa.RSAPrivateKey:
        assert public_exponent == 65537
        asked.append(key_size)
        return small

    monkeypatch.setattr(rsa, "generate_private_key", generate)
    for key_type in KeyType:
        assert pki.generate_key(key_type)
    assert asked == [2048, 3072, 4096, 8192]


@pytest.mark.parametrize(
    ("identifiers", "population", "common_name"),
    [
        (NAMES, IdentifierPopulation.CN_FIRST, "example.org"),
        (NAMES, IdentifierPopulation.SANS_ONLY, None),
        (NAMES[1:], IdentifierPopulation.CN_FIRST, "*.example.org"),
        (NAMES[2:] + NAMES, IdentifierPopulation.CN_FIRST, None),
        ([Identifier("dns", f"{'a' * 60}.org")], IdentifierPopulation.CN_FIRST, f"{'a' * 60}.org"),
        ([Identifier("dns", f"{'a' * 61}.org"), NAMES[0]], IdentifierPopulation.CN_FIRST, None),
    ],
)
def test_requests(
    identifiers: list[Identifier], population: IdentifierPopulation, common_name: str | None
) -> None:
    text = pki.make_csr(OUR_KEY, identifiers, population)
    csr = x509.load_pem_x509_csr(text)
    assert csr.is_signature_valid
    assert csr.public_key() == private_key(OUR_KEY).public_key()
    assert [each.value for each in csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == (
        [common_name] if common_name else []
    )
    extension = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert list(extension.value) == general_names(identifiers)
    # RFC 5280 section 4.1.2.6: with an empty subject the names are critical.
    assert extension.critical is (common_name is None)
    assert x509.load_der_x509_csr(pki.csr_der(text)) == csr


@pytest.mark.parametrize(
    ("key_type", "algorithm"),
    [(KeyType.EC_384, hashes.SHA384), (KeyType.EC_521, hashes.SHA512), (KeyType.RSA_2048, hashes.SHA256)],
)
def test_requests_are_signed_by_the_kind_of_key(key_type: KeyType, algorithm: type) -> None:
    csr = x509.load_pem_x509_csr(
        pki.make_csr(pki.generate_key(key_type), NAMES, IdentifierPopulation.CN_FIRST)
    )
    assert csr.is_signature_valid
    assert isinstance(csr.signature_hash_algorithm, algorithm)


def test_what_cannot_be_read() -> None:
    with pytest.raises(StateError, match="no whole, unencrypted EC or RSA private key"):
        pki.make_csr(b"secret", NAMES, IdentifierPopulation.CN_FIRST)
    with pytest.raises(StateError, match="no certificate signing request"):
        pki.csr_der(b"rubbish")
    encrypted = private_key(OUR_KEY).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"x"),
    )
    with pytest.raises(StateError, match="no whole, unencrypted"):
        pki.check_chain(GOOD, encrypted, NAMES)


def test_a_good_chain() -> None:
    issued = pki.check_chain(GOOD.replace("\n", "\r\n") + "\n\n", OUR_KEY, NAMES)
    assert issued == pki.IssuedChain(
        serial_number="03:e7:1f:a2:3d",
        issuer="CN=Test Issuer",
        not_before=START,
        not_after=END,
        cert_pem=issued.cert_pem,
        chain_pem=pem(INTERMEDIATE.certificate),
        issuers=("Test Issuer", "Test Root"),
    )
    assert issued.not_before.tzinfo is UTC
    assert issued.fullchain_pem == issued.cert_pem + issued.chain_pem
    assert x509.load_pem_x509_certificate(issued.cert_pem.encode()).serial_number == 0x03E71FA23D
    assert [line for line in issued.fullchain_pem.splitlines() if "-----" in line] == [
        "-----BEGIN CERTIFICATE-----",
        "-----END CERTIFICATE-----",
    ] * 2


def test_a_chain_may_have_no_issuer_or_a_root() -> None:
    alone = pki.check_chain(pem(leaf()), OUR_KEY, set(NAMES))
    assert alone.chain_pem == ""
    assert alone.fullchain_pem == alone.cert_pem
    whole = pki.check_chain(pem(leaf(), INTERMEDIATE.certificate, ROOT.certificate), OUR_KEY, NAMES)
    assert whole.chain_pem == pem(INTERMEDIATE.certificate, ROOT.certificate)


@pytest.mark.parametrize(
    ("serial", "text"), [(1, "01"), (0x80, "80"), (0xFFF, "0f:ff"), (1 << 158, "40" + ":00" * 19)]
)
def test_serial_numbers(serial: int, text: str) -> None:
    assert pki.check_chain(pem(leaf(serial=serial)), OUR_KEY, NAMES).serial_number == text


def test_names_are_compared_without_case_and_order() -> None:
    names = [*general_names([NAMES[2], NAMES[1]]), x509.DNSName("Example.ORG")]
    assert pki.check_chain(pem(leaf(names)), OUR_KEY, NAMES).issuer == "CN=Test Issuer"


CHAIN = pem(INTERMEDIATE.certificate)
OTHER_ROOT_SAME_NAME = Authority("Test Issuer")


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        ("", "holds no certificate"),
        ("rubbish", "holds no certificate"),
        ("{}" + GOOD, "text outside"),
        (
            GOOD.replace("-----END CERTIFICATE-----\n-", "-----END CERTIFICATE-----\nsubject=CN\n-"),
            "text outside",
        ),
        (GOOD + "-----BEGIN CERTIFICATE-----\n", "text outside"),
        (GOOD + OUR_KEY.decode(), "something else than certificates: PRIVATE KEY"),
        (GOOD + OUR_KEY.decode().replace("PRIVATE", "EC PRIVATE"), "something else.*: EC PRIVATE KEY"),
        (GOOD + CHAIN.replace("CERTIFICATE", "X509 CRL"), "something else.*: X509 CRL"),
        (GOOD.replace("MII", "XII", 1), "cannot be read"),
        ("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "cannot be read"),
        (pem(leaf(key=OTHER_KEY), INTERMEDIATE.certificate), "not for the key"),
        (pem(INTERMEDIATE.certificate, leaf()), "not for the key"),
        (pem(leaf(general_names(NAMES[:2]))), "other names: 2001:db8::1 is missing"),
        (pem(leaf([*general_names(NAMES), x509.DNSName("evil.example")])), "evil.example was not asked for"),
        (
            pem(leaf([*general_names(NAMES[1:]), x509.DNSName("www.example.org")])),
            "example.org is missing, www.example.org was not asked for",
        ),
        (pem(leaf([*general_names(NAMES), x509.RFC822Name("a@example.org")])), "no name or address"),
        (pem(leaf([])), "no readable names"),
        (pem(leaf(), ROOT.certificate), "certificate 1 was not issued by certificate 2"),
        (pem(leaf(), OTHER_ROOT_SAME_NAME.certificate), "certificate 1 was not issued by certificate 2"),
        (pem(leaf(), INTERMEDIATE.certificate, INTERMEDIATE.certificate), "certificate 2 was not issued"),
        (GOOD + CHAIN * 20, "22 certificates"),
    ],
)
def test_a_chain_that_is_not_what_was_asked_for(chain: str, message: str) -> None:
    with pytest.raises(InvalidCertificateError, match=message):
        pki.check_chain(chain, OUR_KEY, NAMES)


def test_a_hostile_text_is_searched_in_no_time() -> None:
    with pytest.raises(InvalidCertificateError, match="holds no certificate"):
        pki.check_chain("-----BEGIN CERTIFICATE-----\n" * 35_000, OUR_KEY, NAMES)


@pytest.mark.parametrize("identifier", [NAMES[0], NAMES[2]])
def test_the_certificate_for_tls_alpn_01(identifier: Identifier) -> None:
    certificate_pem, key_pem = pki.tls_alpn_certificate(identifier, "token.thumbprint")
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    assert certificate.public_key() == private_key(key_pem).public_key()
    certificate.verify_directly_issued_by(certificate)
    assert list(
        certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    ) == general_names([identifier])
    extension = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31"))
    assert extension.critical
    assert isinstance(extension.value, x509.UnrecognizedExtension)
    assert extension.value.value == b"\x04\x20" + hashlib.sha256(b"token.thumbprint").digest()


@pytest.mark.parametrize("key_type", [each for each in KeyType if each != KeyType.RSA_8192])
def test_the_kind_of_a_key(key_type: KeyType) -> None:
    assert pki.key_type_of(pki.generate_key(key_type)) == key_type
