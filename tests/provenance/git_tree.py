"""A tree in a real Git repository, and people who sign their commits with real keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tools.run_git import git

if TYPE_CHECKING:
    from pathlib import Path

POLICY = {
    "reconciler.yaml": "trusted_ref: origin/main\n",
    "accounts/ca.yaml": "directory_url: https://ca.test/directory\nterms_of_service_agreed: true\n",
    "roles/users.yaml": (
        "acme_account_name: ca\n"
        'allowed_domains: ["{{identity.entity.name}}.users.example.com"]\n'
        "allowed_domain_options: [bare_domains, subdomains]\n"
    ),
    "roles/web.yaml": (
        "acme_account_name: ca\nallowed_domains: [www.example.com]\nallowed_domain_options: [bare_domains]\n"
    ),
}


@dataclass(frozen=True)
class Person:
    """Somebody with an SSH key."""

    name: str
    key_file: Path
    public_key: str

    @classmethod
    def make(cls, folder: Path, name: str) -> Person:
        """Make the key, as OpenSSH keeps it."""
        key = Ed25519PrivateKey.generate()
        file = folder / f"{name}.key"
        encoding, private = serialization.Encoding, serialization.PrivateFormat.OpenSSH
        file.write_bytes(key.private_bytes(encoding.PEM, private, serialization.NoEncryption()))
        file.chmod(0o600)
        public = key.public_key().public_bytes(encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        return cls(name, file, public.decode("ascii"))

    def identity(self, *, options: str = "", name: str | None = None) -> str:
        """Return the text of this person's file in identities/."""
        line = f"{self.name}@example.com {options} {self.public_key}" if options else self.public_key
        return f"id: id-{self.name}\nname: {name or self.name}\nssh_keys:\n  - '{line}'\n"


class GitTree:
    """A working tree with the policy on main; origin/main is where `publish` last left it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, **environment: str) -> str:
        """Run git, with nothing of the developer's configuration."""
        return git(self.root, *arguments, environment=environment)

    def write(self, path: str, text: str | None) -> None:
        """Write a file; None removes it."""
        target = self.root / path
        if text is None:
            target.unlink()
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def request(self, name: str, *identifiers: str, role: str = "users", more: str = "") -> None:
        """Write the file of a certificate."""
        self.write(
            f"certificates/{name}.yaml", f"role: {role}\nidentifiers: [{', '.join(identifiers)}]\n{more}"
        )

    def commit(self, by: Person | None = None, message: str = "change", **environment: str) -> str:
        """Commit all that has changed, signed or not; return the commit's hash."""
        self.git("add", "--all")
        self.git(
            *_signing(by), "commit", "--quiet", "--allow-empty", "-m", message, *_sign(by), **environment
        )
        return self.head

    def merge(self, branch: str, by: Person | None = None, *options: str) -> str:
        """Merge a branch by a merge commit."""
        self.git(
            *_signing(by),
            "merge",
            "--quiet",
            "--no-ff",
            "-m",
            f"merge {branch}",
            *_sign(by),
            *options,
            branch,
        )
        return self.head

    def branch(self, name: str, start: str = "HEAD") -> None:
        """Begin a branch."""
        self.git("checkout", "--quiet", "-b", name, start)

    def switch(self, name: str) -> None:
        """Go to a branch."""
        self.git("checkout", "--quiet", name)

    def publish(self) -> None:
        """Let origin/main be where main is."""
        self.git("update-ref", "refs/remotes/origin/main", "refs/heads/main")

    @property
    def head(self) -> str:
        """The commit that is checked out."""
        return self.git("rev-parse", "HEAD")


def _signing(by: Person | None) -> list[str]:
    return ["-c", "gpg.format=ssh", "-c", f"user.signingkey={by.key_file}"] if by else []


def _sign(by: Person | None) -> list[str]:
    return ["--gpg-sign"] if by else ["--no-gpg-sign"]
