"""Who signed a commit: Git verifies the signature, and only the fingerprint of a good one counts.

Author and committer of a commit are claims. So is the time in it: whether a key is valid is asked for the
time of the question, not for the time that the signer wrote down.
"""

from __future__ import annotations

import re
import tempfile
from typing import TYPE_CHECKING

from reconciler.errors import RepositoryError
from reconciler.model.evidence import Signature, Unproved

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from reconciler.provenance.repository import Repository

_FORMAT = "%H%x00%G?%x00%GF%x00%GP%x00"
_SIGNATURE = re.compile(rb"^gpgsig(?:-sha256)? (.*)$", re.MULTILINE)
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}|[0-9A-F]{40,64}")

_SIGN = (
    "have the requester change the request in a signed commit of their own, and merge that as it is: "
    "squashing and rebasing by the forge lose the signature"
)


def read_signatures(
    repository: Repository, commits: Collection[str], ssh_keys: Iterable[str]
) -> Mapping[str, Signature | Unproved]:
    """Return for each commit its good signature, or why it has none.

    Args:
        repository: where they are.
        commits: full hashes.
        ssh_keys: the public keys whose signatures are wanted: key type and base64.

    Raises:
        RepositoryError: Git could not be asked.
    """
    found: dict[str, Signature | Unproved] = {}
    kinds = {commit: _kind(repository.raw_commit(commit)) for commit in commits}
    for commit, kind in kinds.items():
        if kind is None:
            found[commit] = Unproved(f"{_named(commit)} is not signed", _SIGN)
        elif kind == "other":
            found[commit] = Unproved(f"{_named(commit)} is not signed by one SSH or GPG key", _SIGN)
    signed = [commit for commit in commits if commit not in found]
    if signed:
        for commit, status, fingerprint in _verify(repository, signed, ssh_keys):
            found[commit] = _judge(commit, str(kinds[commit]), status, fingerprint)
    if missing := set(commits) - found.keys():
        raise RepositoryError(f"git log did not tell of commit {min(missing)[:12]}")
    return found


def _kind(raw: bytes) -> str | None:
    """Return what a commit is signed with: `ssh`, `gpg`, `other`; None if with nothing."""
    headers, _, _ = raw.partition(b"\n\n")
    signatures = _SIGNATURE.findall(headers)
    if not signatures:
        return None
    if len(signatures) > 1:
        return "other"
    return {b"-----BEGIN SSH SIGNATURE-----": "ssh", b"-----BEGIN PGP SIGNATURE-----": "gpg"}.get(
        signatures[0].rstrip(), "other"
    )


def _verify(
    repository: Repository, commits: Iterable[str], ssh_keys: Iterable[str]
) -> Iterable[tuple[str, str, str]]:
    """Yield commit, Git's word for its signature (`%G?` of git-log(1)), and the key's fingerprint."""
    with tempfile.NamedTemporaryFile("w", encoding="ascii") as signers, tempfile.TemporaryFile() as names:
        signers.writelines(f"signer {key}\n" for key in ssh_keys)
        signers.flush()
        names.writelines(f"{commit}\n".encode("ascii") for commit in commits)
        names.seek(0)
        text = repository.output(
            *("-c", f"gpg.ssh.allowedSignersFile={signers.name}"),
            *("log", "--no-walk=unsorted", "--stdin", "--no-show-signature", f"--format=tformat:{_FORMAT}"),
            stdin=names,
        )
    for line in text.splitlines():
        commit, status, fingerprint, primary, _ = line.split("\0")
        yield commit, status, (primary or fingerprint)


def _named(commit: str) -> str:
    return f"commit {commit[:12]}, which last changed the request,"


def _judge(commit: str, kind: str, status: str, fingerprint: str) -> Signature | Unproved:
    short = _named(commit)
    good = status == "G" or (kind == "gpg" and status == "U")
    if good and _FINGERPRINT.fullmatch(fingerprint):
        return Signature(commit, fingerprint)
    if kind == "ssh" and status in ("U", "G"):
        return Unproved(f"{short} is signed with the key {fingerprint}, which is no identity's", _SIGN)
    match status:
        case "X" | "Y":
            return Unproved(f"{short} has a signature, or is signed with a key, that has expired", _SIGN)
        case "R":
            return Unproved(f"{short} is signed with a key that was revoked", _SIGN)
        case "E":
            hint = "import the public keys of the identities here: `gpg --import`"
            return Unproved(f"{short} is signed with a key that is not in the keyring here", hint)
        case _:
            return Unproved(f"{short} has a signature that is not good", _SIGN)
