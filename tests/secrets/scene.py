"""A tree in a Git repository with secrets of every kind, and the program at its most talkative."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pyrage
from josepy import jwk

from tests.secrets import forms
from tests.secrets.leaks import SITECUSTOMIZE, Evidence
from tools.git_remote import IDENTITY, RECIPIENT
from tools.run_git import GIT_ENVIRONMENT, git

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.secrets.forms import Secret
    from tools.bind import Bind
    from tools.pebble import Pebble

REPOSITORY = Path(__file__).parents[2]
EAB_KID = "kid-1"
HOOK = "#!/bin/sh\nexit 0\n"
IGNORED = "certs/**/privkey.pem\nstate/.lock\nstate/challenges/\n*.pem.age.tmp\n/secret-files/\n"
IGNORED_IN_CLEAR = "state/**/*.pem\n"
CLEAR, ENCRYPTED = "keys in clear", "keys encrypted"


def marked(label: str) -> str:
    """Return a secret of its own, in base64url."""
    return base64.urlsafe_b64encode(hashlib.sha384(label.encode()).digest()).decode()


EAB_KEY = marked("external account binding")
AWS_KEY, AWS_TOKEN, AWS_KEY_OF_FILE = (
    marked(each) for each in ("aws key", "aws session token", "aws key in a file")
)
PASSWORD_OF_VARIABLE = 'p12+env/"' + marked("pkcs12 variable")[:30]
PASSWORD_OF_FILE = "p12&file<" + marked("pkcs12 file")[:30]
PROXY_PASSWORD = marked("proxy")[:40]
LEXICON_TOKEN = marked("lexicon")


@dataclass
class Scene:
    """The remote, the clone, a home and a folder for temporary files; all below `top`.

    Attributes:
        tsig: the secret of the key that may change the zone.
        endpoint: where Amazon's API is.
        is_encrypted: whether the keys in the state are.
    """

    top: Path
    ca: Pebble
    bind: Bind
    endpoint: str
    is_encrypted: bool
    evidence: Evidence = field(default_factory=Evidence)
    runs: int = 0
    ran: set[tuple[str, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.remote, self.tree = self.top / "remote.git", self.top / "clone"
        self.notes = self.top.with_name(f"{self.top.name}-notes")
        self.out = self.top / "out"
        for name in ("home", "tmp", "out", "python"):
            (self.top / name).mkdir(parents=True)
        (self.top / "python/sitecustomize.py").write_text(SITECUSTOMIZE)
        git(self.top, "init", "--quiet", "--bare", "--initial-branch=main", str(self.remote))
        git(self.top, "clone", "--quiet", str(self.remote), str(self.tree))
        self._write_secrets()
        self._write_tree()
        self.push()

    @property
    def tsig(self) -> str:
        """The secret of the key that may change the zone."""
        return self.bind.secret("update-key")

    def write(self, path: str, content: str, mode: int = 0o644) -> Path:
        """Write a file of the tree, or elsewhere below the top."""
        target = self.tree / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
        target.chmod(mode)
        return target

    def push(self) -> None:
        """Commit what people would, and push it."""
        git(self.tree, "add", "--all", ":!state", ":!certs")
        git(self.tree, "commit", "--quiet", "--allow-empty", "-m", "the tree")
        git(self.tree, "push", "--quiet", "origin", "HEAD:main")

    def account(self, name: str) -> None:
        """Write an account at the CA."""
        self.write(
            f"accounts/{name}.yaml",
            f"directory_url: {self.ca.directory_url}\nterms_of_service_agreed: true\n"
            f"max_concurrent_new_orders: 1\neab_kid: {EAB_KID}\neab_key: {{env: EAB_KEY}}\n"
            f"trusted_ca: |\n{textwrap.indent(self.ca.trusted_ca, '  ')}",
        )

    def run(
        self, *words: str, path: Iterable[str] = (), code: int | None = 0, wire: bool = False, **more: str
    ) -> str:
        """Run a command with all that can be said said; return what it printed.

        Args:
            words: of the command, with its options.
            path: the command alone, where it is more than the words without options at the beginning.
            code: what it ends with; None: whatever.
            wire: whether the HTTP library shows what it sends and receives.
            more: variables of the environment.
        """
        return self.run_python(("-m", "reconciler"), words, code=code, wire=wire, command=tuple(path), **more)

    def run_python(
        self,
        program: tuple[str, ...],
        words: tuple[str, ...],
        *,
        code: int | None = 0,
        wire: bool = False,
        command: tuple[str, ...] = (),
        **more: str,
    ) -> str:
        """Run a Python program with the words of a command; likewise."""
        self.runs += 1
        self.ran.add(command)
        ran = subprocess.run(
            [sys.executable, *program, "-v", "-C", str(self.tree), *words],
            cwd=self.tree,
            env={**self.environment(), **({"SHOW_THE_WIRE": "1"} if wire else {}), **more},
            capture_output=True,
            timeout=100,
            check=False,
        )
        said = ran.stdout + b"\n" + ran.stderr
        self.evidence.printed.append((" ".join(words), said))
        if code is not None and ran.returncode != code:
            raise AssertionError(f"{words}: {ran.returncode}\n{said.decode()}")
        return said.decode(errors="replace")

    def environment(self) -> dict[str, str]:
        """Return the environment of each run: secrets, and everything that makes programs talk."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return {
            **inherited,
            **GIT_ENVIRONMENT,
            "HOME": str(self.top / "home"),
            "TMPDIR": str(self.top / "tmp"),
            "NOTES": str(self.notes),
            "PYTHONPATH": f"{self.top / 'python'}:{REPOSITORY}",
            "PYTHONDEVMODE": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "GIT_TRACE": str(self.top / "out/git-trace"),
            "GIT_TRACE_SETUP": str(self.top / "out/git-trace"),
            "STATE_IDENTITY": IDENTITY,
            "RECONCILER_AGE_IDENTITY": IDENTITY,
            "EAB_KEY": EAB_KEY,
            "TSIG": self.tsig,
            "AWS_KEY_OF_THE_TREE": AWS_KEY,
            "AWS_SHARED_CREDENTIALS_FILE": str(self.tree / "secret-files/aws"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.endpoint,
            "PASSWORD": PASSWORD_OF_VARIABLE,
            "HTTPS_PROXY": f"http://somebody:{PROXY_PASSWORD}@127.0.0.1:9",
            "NO_PROXY": "localhost,127.0.0.1",
        }

    def secrets(self) -> list[Secret]:
        """Return all there are by now: those that were given, and those that were made."""
        given = {
            "age identity": IDENTITY,
            "EAB key": EAB_KEY,
            "TSIG secret": self.tsig,
            "AWS key": AWS_KEY,
            "AWS key in a file": AWS_KEY_OF_FILE,
            "AWS session token": AWS_TOKEN,
            "lexicon token": LEXICON_TOKEN,
            "password": PASSWORD_OF_VARIABLE,
            "password in a file": PASSWORD_OF_FILE,
            "proxy's password": PROXY_PASSWORD,
        }
        return [*(forms.text(*each) for each in given.items()), *self.made()]

    def made(self) -> list[Secret]:
        """Return the private keys that the program has made."""
        made = []
        for path in sorted(self.tree.glob("state/**/*.pem*")):
            name = path.name.removesuffix(".age")
            if name.startswith("key-") or name == "privkey.pem":
                kind = "account" if name.startswith("key-") else "certificate"
                of_challenge = "/challenges/" in str(path)
                made.append(forms.key("challenge key" if of_challenge else f"{kind} key", _read_key(path)))
        return made

    def places(self) -> Mapping[str, frozenset[str]]:
        """Return where secrets are meant to be."""
        places = {
            "clone/certs/*/privkey.pem": frozenset({"certificate key"}),
            # What people are to present for tls-alpn-01: it is thrown away with the challenge.
            "clone/state/challenges/*/privkey.pem": frozenset({"challenge key"}),
            "clone/secret-files/aws": frozenset({"AWS key in a file", "AWS session token"}),
            "clone/secret-files/lexicon": frozenset({"lexicon token"}),
            "clone/secret-files/p12": frozenset({"password in a file"}),
            "clone/secret-files/private_key.json": frozenset({"account key"}),
            "out/bundle.pem": frozenset({"certificate key"}),
            "out/key.json": frozenset({"certificate key"}),
        }
        if not self.is_encrypted:
            places |= {
                "clone/state/*/key-[0-9]*.pem": frozenset({"account key"}),
                "clone/state/*/privkey.pem": frozenset({"certificate key"}),
            }
        return places

    def order(self, certificate: str) -> str:
        """Return the newest order for a certificate, archived or not."""
        found = [
            path.stem
            for path in self.tree.glob("state/**/orders/*.yaml")
            if f"certificate_name: {certificate}\n" in path.read_text()
        ]
        return max(found)

    def write_key_as_certbot_has_it(self, account: str) -> Path:
        """Write an account's key into a file, to be imported."""
        [path] = self.tree.glob(f"state/accounts/{account}/key-0.pem*")
        text = jwk.JWK.load(_read_key(path)).json_dumps()
        return self.write("secret-files/private_key.json", text, 0o600)

    def _write_secrets(self) -> None:
        self.write(
            "secret-files/aws",
            "[default]\naws_access_key_id = AKIDEXAMPLE\n"
            f"aws_secret_access_key = {AWS_KEY_OF_FILE}\naws_session_token = {AWS_TOKEN}\n",
            0o600,
        )
        self.write("secret-files/lexicon", LEXICON_TOKEN, 0o600)
        self.write("secret-files/p12", f"{PASSWORD_OF_FILE}\n", 0o600)

    def _write_tree(self) -> None:
        encryption = f"encryption: {{recipients: [{RECIPIENT}], identity: {{env: STATE_IDENTITY}}}}\n"
        self.write(".gitignore", IGNORED + ("" if self.is_encrypted else IGNORED_IN_CLEAR))
        self.write(
            "reconciler.yaml",
            f"{encryption if self.is_encrypted else ''}trusted_ref: origin/main\n"
            f"challenges: {{http-01: {{exec: [./hook]}}}}\ndns: {{nameservers: ['{self.bind.address}']}}\n",
        )
        self.write("hook", HOOK, 0o755)
        self.account("ca")
        self.account("spare")
        web = "acme_account_name: ca\nallowed_domains: [example.com]\nallowed_domain_options: [subdomains]\n"
        self.write("roles/web.yaml", web)
        self.write("roles/hand.yaml", f"{web}allowed_challenge_types: [tls-alpn-01]\n")
        self.write(
            "roles/dns.yaml", f"{web}allowed_challenge_types: [dns-01]\ncsr_generate_key_type: rsa-2048\n"
        )
        self.write("roles/spare.yaml", web.replace(": ca", ": spare"))
        wanted = {"www": "web", "shop": "dns", "one": "hand", "two": "hand", "three": "spare"}
        for name, role in wanted.items():
            self.write(f"certificates/{name}.yaml", f"role: {role}\nidentifiers: [{name}.example.com]\n")
        self._provider("bind", "rfc2136", "shop.example.com", *self._rfc2136())
        self._provider(
            "aws",
            "aws-route53",
            "aws.test",
            "access_key_id: AKIDEXAMPLE",
            "secret_access_key: {env: AWS_KEY_OF_THE_TREE}",
        )
        self._provider("ambient", "aws-route53", "ambient.test")

    def _rfc2136(self) -> tuple[str, ...]:
        return (
            f"nameserver: {self.bind.address}",
            "tsig_key_name: update-key",
            "tsig_secret: {env: TSIG}",
            "tsig_algorithm: hmac-sha256",
        )

    def _provider(self, name: str, kind: str, identifier: str, *lines: str) -> None:
        propagation = () if kind == "rfc2136" else ("propagation: {skip: true}",)
        text = [f"type: {kind}", f"identifiers: [{identifier}]", f"nameservers: ['{self.bind.address}']"]
        self.write(f"dns-providers/{name}.yaml", "\n".join([*text, *propagation, *lines, ""]))


def add_zone(endpoint: str, name: str) -> None:
    """Let Amazon's API have a zone."""
    client = boto3.client(
        "route53",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="anybody",
        aws_secret_access_key="anything",
    )
    client.create_hosted_zone(Name=f"{name}.", CallerReference=name)


def _read_key(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix != ".age":
        return content
    return bytes(pyrage.decrypt(content, [pyrage.x25519.Identity.from_str(IDENTITY)]))
