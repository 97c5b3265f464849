"""Small trees, and states as an earlier run would have left them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from msgspec.structs import replace

from reconciler import pki
from reconciler.deliver.certificates import deliver, digests
from reconciler.model.account import KeyType
from reconciler.model.certificate import CERTIFICATE_FILES
from reconciler.model.order import OrderFile, Stage, Status
from reconciler.model.role import ChallengeType, IdentifierPopulation
from reconciler.store import Store
from tests.unit import values
from tests.unit.pki.authorities import INTERMEDIATE, ROOT, pem, public_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.model.order import Order
    from reconciler.model.revocation import Revocation

FILES = {
    "reconciler.yaml": "{}\n",
    "accounts/ca.yaml": "directory_url: https://ca.test/directory\nterms_of_service_agreed: true\n",
    "roles/web.yaml": (
        "acme_account_name: ca\n"
        "allowed_domains: [www.example.com, api.example.com]\n"
        "allowed_domain_options: [bare_domains]\n"
    ),
    "certificates/www.yaml": "role: web\nidentifiers: [www.example.com]\n",
}


def write_tree(folder: Path, **changes: str | None) -> Path:
    """Write a valid tree of one certificate; `changes` by path, None leaves a file out."""
    for name, content in {**FILES, **changes}.items():
        if content is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    return folder


def write_account(folder: Path) -> None:
    """Leave the account of the tree as registered."""
    Store(folder / "state").save_account(values.account())


def write_certificate(folder: Path, name: str = "www", *, expired: bool = False) -> None:
    """Leave a certificate as issued and delivered."""
    now = dt.datetime.now(dt.UTC)
    contents = {file: file.encode() for file in CERTIFICATE_FILES}
    deliver(folder / "certs" / name, contents)
    certificate = replace(
        values.certificate(name),
        not_before=now - dt.timedelta(days=100 if expired else 1),
        not_after=now + dt.timedelta(days=-10 if expired else 89),
        files=digests(contents),
    )
    Store(folder / "state").save_certificate(certificate)


def write_waiting_order(folder: Path, name: str = "www") -> Order:
    """Leave an order that waits for people."""
    authorization = replace(values.authorization(chosen=ChallengeType.HTTP_01), by_hand=True)
    order = replace(
        values.order(name, stage=Stage.AWAITING_CHALLENGE_FULFILLMENT),
        status=Status.PENDING,
        authorizations=(authorization,),
    )
    Store(folder / "state").save_order(order)
    return order


def write_order(folder: Path, stage: Stage, **changes: Any) -> Order:  # noqa: ANN401 - any of its fields
    """Leave an order of the tree's certificate in a stage."""
    order = replace(values.order(stage=stage), **changes)
    Store(folder / "state").save_order(order)
    return order


def write_account_key(folder: Path, name: str = "ca") -> bytes:
    """Leave a real key of an account; its record is another matter."""
    key = pki.generate_key(KeyType.EC_256)
    Store(folder / "state").save_account_key(name, 0, key)
    return key


@dataclass(frozen=True)
class Issued:
    """A certificate as an earlier run has got it; `key` is PEM, empty where the requester has it."""

    order: Order
    key: bytes
    chain: bytes

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate itself."""
        return x509.load_pem_x509_certificates(self.chain)[0]


def write_issued(
    folder: Path,
    name: str = "www",
    number: int = 1,
    *,
    serial: int = 0x03E71FA23D,
    identifiers: Sequence[str] = ("www.example.com",),
    with_csr: bool = False,
    left: dt.timedelta = dt.timedelta(days=89),
    in_force: bool = True,
    revocation: Revocation | None = None,
) -> Issued:
    """Leave a certificate of 90 days with its order, its key and its chain, issued by a CA that is real.

    Args:
        folder: of the tree.
        name: of the certificate.
        number: the end of the order's id.
        serial: its serial number.
        identifiers: DNS names.
        with_csr: whether the key is with the requester.
        left: of its life.
        in_force: whether it is the one in force, delivered; otherwise its order is archived.
        revocation: that it was revoked.
    """
    store, key = Store(folder / "state"), pki.generate_key(KeyType.EC_256)
    csr = pki.make_csr(key, values.names(*identifiers), IdentifierPopulation.CN_FIRST)
    leaf = _issue(key, identifiers, serial, dt.datetime.now(dt.UTC).replace(microsecond=0) + left)
    chain = pem(leaf, INTERMEDIATE.certificate, ROOT.certificate).encode()
    issued = pki.read_chain(chain.decode())
    csr_digest = pki.read_csr(csr.decode()).digest if with_csr else None
    order = replace(
        values.order(name, *identifiers, stage=Stage.REVOKED if revocation else Stage.COMPLETED),
        order_id=f"0197299e-0000-7000-8000-{number:012}",
        status=Status.VALID,
        serial_number=issued.serial_number,
        csr_digest=csr_digest,
        revocation=revocation,
    )
    store.save_order_file(order.order_id, OrderFile.CSR, csr)
    if not with_csr:
        store.save_order_file(order.order_id, OrderFile.PRIVATE_KEY, key)
    store.save_order_file(order.order_id, OrderFile.FULLCHAIN, chain)
    store.save_order(order)
    if in_force:
        contents = {
            "cert.pem": issued.cert_pem,
            "chain.pem": issued.chain_pem,
            "fullchain.pem": chain.decode(),
        }
        files = ({} if with_csr else {"privkey.pem": key}) | {
            file: text.encode() for file, text in contents.items()
        }
        deliver(folder / "certs" / name, files)
        certificate = replace(
            values.certificate(name, *identifiers),
            order_id=order.order_id,
            serial_number=issued.serial_number,
            not_before=issued.not_before,
            not_after=issued.not_after,
            files=digests(files),
            csr_digest=csr_digest,
            revocation=revocation,
        )
        store.save_certificate(certificate)
    else:
        store.archive_order(order.order_id)
    return Issued(order, b"" if with_csr else key, chain)


def _issue(key: bytes, identifiers: Sequence[str], serial: int, end: dt.datetime) -> x509.Certificate:
    alternatives = x509.SubjectAlternativeName([x509.DNSName(each) for each in identifiers])
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(INTERMEDIATE.key.public_key())
    return (
        x509.CertificateBuilder(
            INTERMEDIATE.name, x509.Name([]), public_key(key), serial, end - dt.timedelta(days=90), end
        )
        .add_extension(alternatives, critical=True)
        .add_extension(authority, critical=False)
        .sign(INTERMEDIATE.key, hashes.SHA256())
    )
