from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.issued import check_issued
from benchmarks.measure import MeasurementError

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("a.example.com", "b.example.com")
DAY = dt.timedelta(days=1)


class Authority:
    """Issues as public CAs do: names in the extension only. (trustme's leaves have a subject as well.)"""

    def __init__(self) -> None:
        made = trustme.CA()
        self.root = made.cert_pem.bytes().decode()
        self._certificate = x509.load_pem_x509_certificate(made.cert_pem.bytes())
        key = serialization.load_pem_private_key(made.private_key_pem.bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        self._key = key

    def issue(self, folder: Path, *, age: dt.timedelta = DAY) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        begin = dt.datetime.now(dt.UTC) - age
        issuer = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in NAMES])
        builder = (
            x509.CertificateBuilder(self._certificate.subject, x509.Name([]), key.public_key(), 999)
            .not_valid_before(begin)
            .not_valid_after(begin + 2 * DAY)
            .add_extension(alternative, critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False
            )
        )
        paths = folder / "chain.pem", folder / "key.pem"
        paths[0].write_bytes(
            builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )
        write_key(paths[1], key)
        return paths


def write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    form = serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def issued(tmp_path: Path, authority: Authority) -> tuple[Path, Path]:
    return authority.issue(tmp_path)


def test_what_was_asked_for_is_accepted(issued: tuple[Path, Path], authority: Authority) -> None:
    check_issued(*issued, NAMES, authority.root)
    check_issued(*issued, NAMES[::-1], authority.root)


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (NAMES[:1], "is for"),
        ((*NAMES, "c.example.com"), "is for"),
        (("c.example.com",), "leaf certificate has no matching subjectAltName"),
    ],
)
def test_other_names_are_not(
    issued: tuple[Path, Path], authority: Authority, names: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(MeasurementError, match=reason):
        check_issued(*issued, names, authority.root)


def test_another_root_is_not(issued: tuple[Path, Path]) -> None:
    with pytest.raises(MeasurementError, match="validation failed"):
        check_issued(*issued, NAMES, Authority().root)


def test_an_old_one_is_not(tmp_path: Path, authority: Authority) -> None:
    with pytest.raises(MeasurementError, match="not valid at validation time"):
        check_issued(*authority.issue(tmp_path, age=3 * DAY), NAMES, authority.root)


def test_another_key_is_not(issued: tuple[Path, Path], authority: Authority) -> None:
    write_key(issued[1], ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(MeasurementError, match="not for the key"):
        check_issued(*issued, NAMES, authority.root)


@pytest.mark.parametrize("missing", [0, 1])
def test_a_missing_file_is_not(issued: tuple[Path, Path], authority: Authority, missing: int) -> None:
    issued[missing].unlink()
    with pytest.raises(MeasurementError, match="No such file"):
        check_issued(*issued, NAMES, authority.root)
