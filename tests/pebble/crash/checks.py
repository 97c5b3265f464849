"""What is promised after a crash and the next run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.pebble.crash.bench import Site

_OURS = ("state", "certs")


def keys_that_count(site: Site) -> Mapping[str, bytes]:
    """Return the private keys that a CA may have heard of, by their paths.

    Until an order has its CSR no CA can know its key, and another may take its place.
    """
    keys = {**site.files("state/**/*.pem"), **site.files("state/**/*.pem.age")}
    return {
        path: content
        for path, content in keys.items()
        if "key-" in path or ("privkey" in path and f"{path.rpartition('/')[0]}/csr.pem" in keys)
    }


def settle(site: Site, arguments: Sequence[str] = ("apply",)) -> None:
    """Let one run do the rest, and see that the next finds nothing to do."""
    site.run(*arguments)
    assert "No changes" in site.run("apply")
    site.run("plan", "--detailed-exitcode")


def assert_kept(site: Site, keys: Mapping[str, bytes]) -> None:
    """All these keys are somewhere in the state."""
    there = set(keys_that_count(site).values())
    lost = [path for path, content in keys.items() if content not in there]
    assert not lost


def assert_tidy(site: Site) -> None:
    """No temporary file is left, none can be read by others that should not be, and the state is read."""
    assert not [path for path in site.webroot.rglob("*") if path.is_file()]
    paths = [path for name in _OURS for path in (site.root / name).rglob("*")]
    assert not [path for path in paths if path.name.startswith(".") and path.name != ".lock"]
    for path in paths:
        is_private = path.suffix in (".pem", ".age") and "certs" not in path.parts
        if is_private or path.name == "privkey.pem":
            assert path.stat().st_mode & 0o7777 == 0o600, path
            assert path.parent.stat().st_mode & 0o7777 == 0o700, path.parent
    site.run("status")
    site.run("state", "check")


def assert_delivered(site: Site, name: str = "www", *, with_key: bool = True) -> None:
    """What lies in the output is what the CA has issued last, and fits its key."""
    folder = site.root / "certs" / name
    chain = x509.load_pem_x509_certificates((folder / "fullchain.pem").read_bytes())
    assert x509.load_pem_x509_certificates((folder / "cert.pem").read_bytes()) == chain[:1]
    assert x509.load_pem_x509_certificates((folder / "chain.pem").read_bytes()) == chain[1:]
    assert chain[0].serial_number == site.issued[-1]
    if with_key:
        assert fits(folder.joinpath("privkey.pem").read_bytes(), folder.joinpath("cert.pem").read_bytes())


def fits(key_pem: bytes, certificate_pem: bytes) -> bool:
    """Say whether a certificate is for a key."""
    key = load_pem_private_key(key_pem, None).public_key()
    certified = x509.load_pem_x509_certificate(certificate_pem).public_key()
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return key.public_bytes(*form) == certified.public_bytes(*form)
