"""What must hold of a state, however it came about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.rig import Rig


def assert_csr_fits(folder: Path, csr: str) -> None:
    """What was delivered is for the key of the CSR, and there is no private key."""
    certificate = x509.load_pem_x509_certificate((folder / "cert.pem").read_bytes())
    assert certificate.public_key() == x509.load_pem_x509_csr(csr.encode()).public_key()
    assert {path.name for path in folder.iterdir()} == {"cert.pem", "chain.pem", "fullchain.pem"}
    assert (folder / "fullchain.pem").read_bytes().startswith((folder / "cert.pem").read_bytes())


def assert_key_fits(folder: Path) -> None:
    certificate = x509.load_pem_x509_certificate((folder / "cert.pem").read_bytes())
    key = load_pem_private_key((folder / "privkey.pem").read_bytes(), None)
    assert certificate.public_key() == key.public_key()
    assert (folder / "fullchain.pem").read_bytes().startswith((folder / "cert.pem").read_bytes())


def assert_settled(rig: Rig) -> None:
    """All that is wanted is there, nothing is left over, and nothing is readable that must not be."""
    assert not rig.plan().has_changes
    state = rig.folder / "state"
    assert not [path for path in rig.folder.rglob("*") if path.name.endswith(".tmp")]
    assert not [path for path in rig.webroot.rglob("*") if path.is_file()]
    assert not [path for path in (state / "challenges").rglob("*") if path.is_file()]
    for name, spec in rig.specs.items():
        if spec.csr is None:
            assert_key_fits(rig.output / name)
        else:
            assert_csr_fits(rig.output / name, spec.csr)
    for path in [*state.rglob("*.pem"), *rig.output.rglob("privkey.pem")]:
        assert path.stat().st_mode & 0o077 == 0, path
        assert path.parent.stat().st_mode & 0o077 == 0, path.parent
