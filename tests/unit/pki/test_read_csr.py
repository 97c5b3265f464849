"""Requests of others: those to order with, and every kind of those that are refused, each with its reason."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import warnings

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler import pki
from reconciler.errors import InvalidRequestError
from reconciler.model.account import KeyType
from reconciler.model.identifier import Identifier
from tests.unit.pki import csrs
from tests.unit.pki.csrs import EC_KEY, RSA_KEY, SEQUENCE, csr, der, dns, oid, pem, raw_csr
from tests.unit.values import names

GOOD = csr("www.example.com")
PRIVATE = EC_KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
SAN = csrs.san_extension("www.example.com")


def der_of(text: str) -> bytes:
    return base64.b64decode("".join(line for line in text.splitlines() if "-----" not in line))


def key_usage(*, cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(True, False, False, False, False, cert_sign, crl_sign, False, False)


def unknown(kind: str) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(kind), b"\x05\x00")


@pytest.mark.parametrize(
    ("key", "key_type"),
    [
        (EC_KEY, KeyType.EC_256),
        (ec.generate_private_key(ec.SECP384R1()), KeyType.EC_384),
        (ec.generate_private_key(ec.SECP521R1()), KeyType.EC_521),
        (RSA_KEY, KeyType.RSA_2048),
        (rsa.generate_private_key(65537, 3072), KeyType.RSA_3072),
        (rsa.generate_private_key(65537, 4096), KeyType.RSA_4096),
    ],
)
def test_each_kind_of_key_that_cas_take(key: csrs.PrivateKey, key_type: KeyType) -> None:
    text = csr("www.example.com", key=key)
    read = pki.read_csr(text)
    digest = hashlib.sha256(der_of(text)).hexdigest()
    assert read == pki.CertificateRequest(names("www.example.com"), key_type, read.pem, digest)


def test_the_names_are_those_of_the_request_in_its_order_and_in_canonical_form() -> None:
    addresses = x509.SubjectAlternativeName(
        [
            x509.DNSName("WWW.Example.com"),
            x509.DNSName("*.example.com"),
            x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
            x509.DNSName("xn--rksmrgs-5wao1o.se"),
            x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
        ]
    )
    read = pki.read_csr(csr(extensions=[addresses], common_names=["www.EXAMPLE.com"]))
    assert read.identifiers == (
        Identifier("dns", "www.example.com"),
        Identifier("dns", "*.example.com"),
        Identifier("ip", "2001:db8::1"),
        Identifier("dns", "xn--rksmrgs-5wao1o.se"),
        Identifier("ip", "192.0.2.1"),
    )


def test_a_common_name_does_not_come_first() -> None:
    assert pki.read_csr(csr("a.example", "b.example", common_names=["b.example"])).identifiers == names(
        "a.example", "b.example"
    )


def test_the_common_name_may_be_an_address() -> None:
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("192.0.2.1"))])
    assert pki.read_csr(csr(extensions=[address], common_names=["192.0.2.1"])).identifiers == names(
        "192.0.2.1"
    )


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace("\n", "\r\n"),
        f"\n\n  {GOOD}\n \n",
        GOOD.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
        pem(der_of(GOOD)),
        "-----BEGIN CERTIFICATE REQUEST-----\n"
        + base64.b64encode(der_of(GOOD)).decode()
        + "\n-----END CERTIFICATE REQUEST-----",
    ],
)
def test_one_request_has_one_text_in_whatever_form_it_comes(text: str) -> None:
    assert pki.read_csr(text).pem == GOOD
    assert pki.read_csr(pki.read_csr(text).pem).pem == GOOD


@pytest.mark.parametrize(
    "extension",
    [
        key_usage(),
        x509.BasicConstraints(ca=False, path_length=None),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
        x509.TLSFeature([x509.TLSFeatureType.status_request]),
        x509.SubjectKeyIdentifier.from_public_key(EC_KEY.public_key()),
        unknown("1.3.6.1.4.1.311.20.2"),
    ],
)
def test_what_a_server_may_ask_for_besides_names_is_left_to_the_ca(extension: x509.ExtensionType) -> None:
    assert pki.read_csr(csr("www.example.com", extensions=[extension])).identifiers


def test_a_password_and_an_odd_subject_are_no_hindrance() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "x" * 100, _validate=False)])
    text = raw_csr(
        csrs.attribute("1.2.840.113549.1.9.7", b"\x0c\x01x"),
        csrs.extension_request(SAN),
        subject=subject.public_bytes(),
    )
    assert pki.read_csr(text).identifiers == names("www.example.com")


def test_a_signature_by_pss_is_one_too() -> None:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    made = builder.add_extension(dns("a.example"), False).sign(RSA_KEY, hashes.SHA256(), rsa_padding=pss)
    assert pki.read_csr(made.public_bytes(serialization.Encoding.PEM).decode()).identifiers


NOT_ONE_BLOCK = [
    ("", "this is no PEM"),
    ("www.example.com", "this is no PEM: a request begins with -----BEGIN CERTIFICATE REQUEST-----"),
    ("-----BEGIN", "this is no PEM"),
    ("A" * 65537, "larger than 64 KiB"),
    (GOOD + GOOD, "2 blocks of PEM"),
    (pem(b"\x30\x00", "CERTIFICATE"), "this is a CERTIFICATE; a CERTIFICATE REQUEST is wanted"),
    (pem(b"\x30\x00", "X\x1b[31m"), r"this is a X\?\[31m; a CERT"),
    (PRIVATE, "there is a private key in it"),
    (GOOD + PRIVATE, "there is a private key in it"),
    (PRIVATE.replace("PRIVATE", "EC PRIVATE"), "there is a private key in it"),
    (PRIVATE[:60], "there is a private key in it"),
    ("Subject: CN=other\n" + GOOD, "there is text beside the block of PEM"),
    (GOOD + "# mine", "there is text beside the block of PEM"),
    (GOOD.replace("END CERTIFICATE", "END NEW CERTIFICATE"), "the block of PEM is damaged"),
    (GOOD[:200], "the block of PEM is damaged"),
    (GOOD.replace("\nMI", "\nM!", 1), "the block of PEM is damaged"),
    (GOOD.replace("\nMI", "\nMÄ", 1), "the block of PEM is damaged"),
    (GOOD.replace("\nMI", "\n\xa0MI", 1), "the block of PEM is damaged"),
    (GOOD + "\xa0", "the block of PEM is damaged"),
    (GOOD.replace("-----\n", "-----\nProc-Type: 4,ENCRYPTED\n", 1), "the block of PEM is damaged"),
    (pem(b""), "no certificate signing request"),
    (pem(b"\x30\x00"), "no certificate signing request"),
    (pem(der_of(GOOD)[:-1]), "no certificate signing request"),
    (pem(der_of(GOOD) + b"\x00"), "no certificate signing request"),
    (raw_csr(csrs.extension_request(SAN), version=b"\x01"), "no certificate signing request"),
]


@pytest.mark.parametrize(("text", "message"), NOT_ONE_BLOCK)
def test_what_is_not_one_request_in_pem(text: str, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        pki.read_csr(text)


def test_a_private_key_is_never_shown() -> None:
    for text in (PRIVATE, GOOD + PRIVATE, PRIVATE.replace("BEGIN PRIVATE KEY", "BEGIN CERTIFICATE REQUEST")):
        with pytest.raises(InvalidRequestError) as caught:
            pki.read_csr(text)
        assert not any(line in str(caught.value) for line in PRIVATE.splitlines()[1:-1])


def compressed() -> bytes:
    point = EC_KEY.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
    )
    kind = der(SEQUENCE, oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7"))
    return der(SEQUENCE, kind, der(csrs.BIT_STRING, b"\x00", point))


def for_pss_only() -> bytes:
    usual = der(SEQUENCE, oid("1.2.840.113549.1.1.1"), b"\x05\x00")
    content = csrs.spki(RSA_KEY).partition(usual)[2]
    return der(SEQUENCE, der(SEQUENCE, oid("1.2.840.113549.1.1.10")), content)


def rsa_numbers(modulus: int, exponent: int) -> bytes:
    return (
        rsa.RSAPublicNumbers(exponent, modulus)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


N = RSA_KEY.public_key().public_numbers().n
DSA = dsa.generate_private_key(2048).public_key()
DSA_INFO = DSA.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
REQUESTED = csrs.extension_request(SAN)

TOO_SMALL = rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused

KEYS = [
    (csr("a.example", key=ed25519.Ed25519PrivateKey.generate()), "neither EC nor RSA: use EC P-256"),
    (csr("a.example", key=ec.generate_private_key(ec.SECP256K1())), "on the curve secp256k1: use EC"),
    (csr("a.example", key=ec.generate_private_key(ec.SECP224R1())), "on the curve secp224r1"),
    (csr("a.example", key=ec.generate_private_key(ec.BrainpoolP256R1())), "on the curve brainpoolP256r1"),
    (csr("a.example", key=TOO_SMALL), "RSA with 1024 bits: use EC"),
    (csr("a.example", key=rsa.generate_private_key(65537, 2056)), "RSA with 2056 bits"),
    (csr("a.example", key=rsa.generate_private_key(3, 2048)), "not an odd number from 65537 on"),
    (raw_csr(REQUESTED, public_key=rsa_numbers(N, 65539)), "signature is wrong"),
    (raw_csr(REQUESTED, public_key=rsa_numbers(N, 2**256 + 1)), "not an odd number from 65537 on"),
    (raw_csr(REQUESTED, public_key=rsa_numbers(N - N % 751, 65537)), "small factors"),
    (raw_csr(REQUESTED, public_key=DSA_INFO), "neither EC nor RSA"),
    (raw_csr(REQUESTED, public_key=der(SEQUENCE, b"\x05\x00")), "no certificate signing request"),
    (raw_csr(REQUESTED, public_key=csrs.spki(RSA_KEY)[:-1] + b"\x02"), "public key cannot be read"),
    (raw_csr(REQUESTED, key=EC_KEY, public_key=compressed()), "in a form that CAs refuse"),
    (raw_csr(REQUESTED, public_key=for_pss_only()), "in a form that CAs refuse"),
]


@pytest.mark.parametrize(("text", "message"), KEYS)
def test_keys_that_no_ca_takes(text: str, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        pki.read_csr(text)


SIGNATURES = [
    (raw_csr(REQUESTED, hash_name="md5"), r"weak .* \(MD5, SHA-1\): sign it with SHA-256"),
    (raw_csr(REQUESTED, hash_name="sha1"), "weak"),
    (raw_csr(REQUESTED, hash_name="sha224"), "weak"),
    (pem(der_of(GOOD).replace(b"www.example.com", b"www.example.net")), "signature is wrong"),
    (raw_csr(REQUESTED, key=EC_KEY, public_key=csrs.spki(RSA_KEY)), "signature is wrong"),
    (raw_csr(REQUESTED, public_key=csrs.spki(EC_KEY)), "signature is wrong"),
    (raw_csr(REQUESTED, public_key=csrs.spki(rsa.generate_private_key(65537, 2048))), "signature is wrong"),
]


@pytest.mark.parametrize(("text", "message"), SIGNATURES)
def test_signatures_that_prove_nothing(text: str, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        pki.read_csr(text)


ROOT_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
OTHERS = {
    "an e-mail address": x509.RFC822Name("a@example.com"),
    "a URI": x509.UniformResourceIdentifier("https://www.example.com"),
    "a directory name": x509.DirectoryName(ROOT_NAME),
    "an object identifier": x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
    "a name of another kind": x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), b"\x0c\x01a"),
    "a whole range of addresses": x509.IPAddress(ipaddress.ip_network("192.0.2.0/24")),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_names_of_other_kinds(kind: str) -> None:
    names = x509.SubjectAlternativeName([x509.DNSName("www.example.com"), OTHERS[kind]])
    with pytest.raises(InvalidRequestError, match=f"it asks for {kind}"):
        pki.read_csr(csr(extensions=[names]))


NAMES = [
    (csr(), "no subject alternative names"),
    (
        csr(common_names=["www.example.com"]),
        "no subject alternative names, and a common name alone counts for",
    ),
    (raw_csr(), "no subject alternative names"),
    (raw_csr(csrs.extension_request()), "no subject alternative names"),
    (raw_csr(csrs.extension_request(csrs.extension("2.5.29.17", der(SEQUENCE)))), "it has 0 subject alt"),
    (csr(*(f"{each}.example.com" for each in range(101))), "it has 101 subject alternative names; 1 to 100"),
    (csr("a.example", "b.example", "a.example"), "the name a.example is in it twice"),
    (csr("a.example", "A.example"), "the name a.example is in it twice"),
    (csr("192.0.2.1"), r"the address 192.0.2.1 is in it as a DNS name: .*`IP:192.0.2.1` for openssl"),
    (csr("2001:db8::1"), "the address 2001:db8::1 is in it as a DNS name"),
    (csr("www.example.com."), r"'www.example.com.' ends in a dot"),
    (csr("localhost"), "'localhost': a single label"),
    (csr("a_b.example.com"), "an underscore"),
    (csr("a..example.com"), "an empty label"),
    (csr(""), "no CA would certify"),
    (csr(" www.example.com"), "no CA would certify"),
    (csr("www.*.example.com"), "a wildcard must be the whole first label"),
    (csr("xn--a.example.com"), "no CA would certify"),
    (csr("www.example.com\x00.evil.example"), r"'www.example.com\\x00.evil.example'"),
    (csr("a" * 64 + ".example"), "64 characters; 63 are allowed"),
    (csr("x" * 300), "the name 'x{60}'... has 300 characters"),
    (
        raw_csr(csrs.extension_request(csrs.extension("2.5.29.17", b"\x30\x06\x82\x04\xc3\xa4.a"))),
        "not in ASCII",
    ),
    (raw_csr(csrs.extension_request(csrs.extension("2.5.29.17", b"\x30\x05\x87\x03abc"))), "cannot be read"),
    (csr("a.example", common_names=["b.example"]), "common name 'b.example' is not among its"),
    (csr("*.a.example", common_names=["b.a.example"]), "common name 'b.a.example' is not among its"),
    (csr("a.example", common_names=["a.example", "a.example"]), "it has 2 common names"),
    (csr("a.example", common_names=["Web server of the team"]), "no CA would certify a name in it"),
    (csr("a.example", common_names=["ä.example"]), "not in ASCII: write it with A-labels"),
    (csr("a.example", common_names=["a.example."]), "ends in a dot"),
]


@pytest.mark.parametrize(("text", "message"), NAMES)
def test_names_that_cannot_be_ordered(text: str, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        pki.read_csr(text)


ASKED = {
    "to be a CA": x509.BasicConstraints(ca=True, path_length=None),
    "to sign certificates or": key_usage(cert_sign=True),
    "to sign certificates or revocation lists": key_usage(crl_sign=True),
    "for the constraints of a CA": x509.NameConstraints([x509.DNSName("example.com")], None),
    r"for the policies of a CA \(policyCon": x509.PolicyConstraints(0, None),
    "for the policies of a CA .*inhibit": x509.InhibitAnyPolicy(0),
    r"for the policies of a CA \(policyMappings": unknown("2.5.29.33"),
    "to answer for a CA .*OCSPSigning": x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]),
    "to answer for a CA .*nocheck": x509.OCSPNoCheck(),
}


@pytest.mark.parametrize("what", ASKED)
def test_what_only_a_ca_has(what: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"it asks {what}"):
        pki.read_csr(csr("www.example.com", extensions=[ASKED[what]]))


def test_what_must_be_understood_and_is_not() -> None:
    with pytest.raises(
        InvalidRequestError, match=r"critical extension that is not known here \(1\.2\.3\.4\)"
    ):
        pki.read_csr(csr("www.example.com", extensions=[unknown("1.2.3.4")], critical=True))


OTHER_SAN = csrs.san_extension("evil.example.com")
TWICE = [
    (raw_csr(csrs.extension_request(SAN, OTHER_SAN)), r"the extension 2\.5\.29\.17 twice"),
    (raw_csr(csrs.extension_request(SAN), csrs.extension_request(OTHER_SAN)), "an attribute twice"),
    (
        raw_csr(
            csrs.extension_request(SAN),
            csrs.extension_request(OTHER_SAN, kind=csrs.MICROSOFT_EXTENSION_REQUEST),
        ),
        "an attribute twice",
    ),
    (
        raw_csr(csrs.attribute(csrs.EXTENSION_REQUEST, der(SEQUENCE, SAN), der(SEQUENCE, OTHER_SAN))),
        "its attributes cannot be read",
    ),
    (raw_csr(csrs.attribute(csrs.EXTENSION_REQUEST)), "its attributes cannot be read"),
    (raw_csr(csrs.attribute(csrs.EXTENSION_REQUEST, b"\x05\x00")), "cannot be read"),
    (raw_csr(csrs.extension_request(csrs.extension("2.5.29.17", b"junk"))), "cannot be read"),
    (
        raw_csr(REQUESTED, subject=b"\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04\xff\xff\xff\xff"),
        "cannot",
    ),
]


@pytest.mark.parametrize(("text", "message"), TWICE)
def test_what_could_be_read_in_two_ways_or_in_none(text: str, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        pki.read_csr(text)


def read_or_refuse(text: str) -> None:
    """Nothing but a request or a refusal may come of it; and what is read says what it asks for."""
    refusal = ""
    try:
        read = pki.read_csr(text)
    except InvalidRequestError as error:
        refusal = str(error)
    assert refusal.isprintable()
    assert len(refusal) < 1000
    if not refusal:
        made = x509.load_pem_x509_csr(read.pem.encode())
        assert made.is_signature_valid
        names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert len(list(names)) == len(read.identifiers) == len(set(read.identifiers))


RICH = der_of(
    csr(
        "www.example.com",
        "*.example.com",
        common_names=["www.example.com"],
        extensions=[key_usage(), x509.BasicConstraints(False, None), unknown("1.2.3")],
    )
)


@settings(max_examples=300)
@given(st.integers(0, len(RICH) * 8 - 1), st.integers(0, len(RICH) * 8 - 1))
def test_flipped_bits_come_to_a_refusal(first: int, second: int) -> None:
    damaged = bytearray(RICH)
    for bit in {first, second}:
        damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidRequestError) as caught:
        pki.read_csr(pem(bytes(damaged)))
    assert str(caught.value).isprintable()


@settings(max_examples=300)
@given(st.binary(max_size=200), st.integers(0, len(RICH)), st.integers(0, 40))
def test_spliced_and_truncated_der_is_read_or_refused(junk: bytes, place: int, gone: int) -> None:
    read_or_refuse(pem(RICH[:place] + junk + RICH[place + gone :]))
    read_or_refuse(pem(RICH[:place]))


@settings(max_examples=300)
@given(st.text(max_size=300), st.integers(0, len(GOOD)), st.integers(0, len(GOOD)))
def test_any_text_is_read_or_refused(junk: str, place: int, gone: int) -> None:
    read_or_refuse(junk)
    read_or_refuse(GOOD[:place] + junk + GOOD[place + gone :])
    read_or_refuse(f"-----BEGIN CERTIFICATE REQUEST-----{junk}-----END CERTIFICATE REQUEST-----")


@settings(max_examples=200)
@given(st.binary(max_size=120))
def test_a_well_signed_request_with_any_names_in_it_is_read_or_refused(content: bytes) -> None:
    read_or_refuse(raw_csr(csrs.extension_request(csrs.extension("2.5.29.17", content)), key=EC_KEY))
    read_or_refuse(raw_csr(content, key=EC_KEY))
    read_or_refuse(raw_csr(REQUESTED, subject=der(SEQUENCE, content), key=EC_KEY))
