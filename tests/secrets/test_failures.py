"""What goes wrong is told without the secrets that had a part in it, whoever says them back."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pyrage
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from reconciler.cli.main import cli
from tests.acceptance.command_line import all_commands
from tests.secrets import forms
from tests.secrets.scene import (
    AWS_KEY,
    AWS_KEY_OF_FILE,
    AWS_TOKEN,
    LEXICON_TOKEN,
    PROXY_PASSWORD,
    marked,
)
from tests.secrets.talker import ca_that_says_what_it_hears, provider_that_says
from tests.secrets.test_commands import check, run_all
from tools.git_remote import IDENTITY
from tools.run_git import git

if TYPE_CHECKING:
    from tests.conftest import RecordFigure
    from tests.secrets.conftest import MakeScene
    from tests.secrets.scene import Scene

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

# Functions that have a secret at hand, each of which raises what nobody expects.
FAULTS = (
    ("reconciler.engine.accounts", "decode_mac_key"),
    ("reconciler.engine.workplace", "read_secret"),
    ("reconciler.challenges.dns.rfc2136", "_decoded"),
    ("reconciler.store.age", "_guarded"),
    ("reconciler.pki.keys", "serialization"),
    ("reconciler.ca.jws", "json"),
    ("reconciler.ca.routes", "_proxy_manager"),
)
_DRIVER = """
import importlib, sys
module, name = sys.argv[1:3]
del sys.argv[1:3]
def fail(*arguments, **_):
    raise RuntimeError("forced")
class Nothing:
    def __getattr__(self, _):
        fail()
    __call__ = fail
loaded = importlib.import_module(module)
getattr(loaded, name)
setattr(loaded, name, Nothing())
from reconciler.cli.main import main
main()
"""


def as_pem() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def test_keys_in_clear_are_where_they_are_meant_to_be(scene: MakeScene, record_figure: RecordFigure) -> None:
    stage = scene(encrypted=False)
    run_all(stage, share=False)
    stage.run("plan", "--preflight", "--refresh", "--format", "json", path=["plan"])
    assert stage.ran == set(all_commands(cli))
    check(stage, record_figure, "keys in clear")


def test_a_ca_that_refuses_the_binding(scene: MakeScene, record_figure: RecordFigure) -> None:
    stage = scene(encrypted=True, eab_key=marked("another binding"))
    said = stage.run("apply", code=4, wire=True)
    assert "external account binding" in said
    said = stage.run("apply", code=4, EAB_KEY=f"{marked('not base64url')} !")
    assert "not base64url" in said
    more = [forms.text("wrong key", marked("not base64url"))]
    check(stage, record_figure, "a CA that refuses the binding", more)


def test_a_ca_that_says_what_it_hears(scene: MakeScene, record_figure: RecordFigure) -> None:
    stage = scene(encrypted=True)
    with ca_that_says_what_it_hears() as (url, root):
        for name in ("ca", "spare"):
            path = stage.tree / f"accounts/{name}.yaml"
            indented = "".join(f"  {line}\n" for line in root.splitlines())
            head = path.read_text().partition("trusted_ca")[0]
            path.write_text(f"{head}trusted_ca: |\n{indented}".replace(stage.ca.directory_url, url))
        stage.push()
        said = stage.run("apply", code=4, wire=True)
        assert "protected" in said
    check(stage, record_figure, "a CA that says what it hears")


def test_providers_that_say_what_they_hear_and_more(scene: MakeScene, record_figure: RecordFigure) -> None:
    stage = scene(encrypted=True)
    said_of = {"aws": (AWS_KEY,), "any": (LEXICON_TOKEN,), "ambient": (AWS_KEY_OF_FILE, AWS_TOKEN)}
    of_test = {"aws": "aws.test", "any": "any.ambient.test", "ambient": "ambient.test"}
    with ExitStack() as stack:
        urls = {
            name: stack.enter_context(provider_that_says(" ".join(said))) for name, said in said_of.items()
        }
        stage.write(
            "dns-providers/any.yaml",
            f"type: lexicon\nprovider: powerdns\nidentifiers: [any.ambient.test]\n"
            f"nameservers: ['{stage.bind.address}']\n"
            f"options: {{pdns_server: '{urls['any']}', auth_token: {{file: secret-files/lexicon}}}}\n",
        )
        for name, identifier in of_test.items():
            test = ("dns", "test", name, "--identifier", identifier)
            said = stage.run(*test, code=1, AWS_ENDPOINT_URL=urls[name])
            assert "does not accept the credentials" in " ".join(said.split())
            stage.run(*test, "--format", "json", code=1, AWS_ENDPOINT_URL=urls[name])
    wrong = marked("wrong tsig")
    test = ("dns", "test", "bind", "--identifier", "shop.example.com")
    assert "another secret" in stage.run(*test, code=1, TSIG=wrong.translate(str.maketrans("-_", "+/")))
    assert "not base64" in stage.run(*test, code=1, TSIG=f"{wrong}!")
    check(stage, record_figure, "providers that say all", [forms.text("wrong key", wrong)])


def test_identities_and_ways_that_are_wrong(scene: MakeScene, record_figure: RecordFigure) -> None:
    stage = scene(encrypted=True)
    stage.run("apply", "--commit", code=None)
    another = str(pyrage.x25519.Identity.generate())
    rotate = ("account", "rotate-key", "ca", "--force")
    for text in (another, another[:-3], f"{another[:40]}\n{another[40:]}", marked("no identity")):
        stage.run(*rotate, code=1, RECONCILER_AGE_IDENTITY=text, STATE_IDENTITY=text)
    for text in (IDENTITY, f"# public key: x\n{another}\n"):
        stage.run(*rotate, code=1, RECONCILER_AGE_IDENTITY="", RECONCILER_AGE_IDENTITY_FILE=text)
    stage.run(*rotate, code=1, NO_PROXY="")
    stage.run(*rotate, code=1, NO_PROXY="", HTTPS_PROXY=f"socks5://somebody:{PROXY_PASSWORD}@127.0.0.1:9")
    stage.run(*rotate, code=1, NO_PROXY="", HTTPS_PROXY=f"http://somebody:{PROXY_PASSWORD}@[127:9")
    password = marked("remote")[:40]
    git(stage.tree, "remote", "set-url", "origin", f"http://somebody:{password}@127.0.0.1:9/x.git")
    said = stage.run("apply", "--commit", code=1, GIT_TRACE="0")
    assert "127.0.0.1:9" in said
    git(stage.tree, "remote", "set-url", "origin", str(stage.remote))
    more = [forms.text("another identity", another), forms.text("remote's password", password)]
    check(stage, record_figure, "wrong identities, proxies and remotes", more, ["clone/.git/config"])


def test_errors_that_nobody_expects(scene: MakeScene, record_figure: RecordFigure) -> None:
    stage = scene(encrypted=True)
    driver = ("-c", _DRIVER)
    shown = 0
    for fault in FAULTS:
        for words in (
            ("apply",),
            ("account", "rotate-key", "ca", "--force"),
            ("dns", "test", "bind", "--identifier", "shop.example.com"),
        ):
            said = stage.run_python((*driver, *fault), words, code=None)
            shown += "RuntimeError: forced" in said and "Traceback" in said
    assert shown >= len(FAULTS)
    check(stage, record_figure, "errors that nobody expects")


PASTED = {
    "accounts/ca.yaml": (
        "eab_key: {literal}",
        "eab_key: |\n{pem}",
        "eab_key: {{env: |\n{pem}\n}}",
        "eab_key: {{file: '{literal}\t'}}",
        "eab_key: {{env: '{literal}='}}",
        "eab_key: {{value: {literal}}}",
        "eab_key: [{literal}]",
        "eab_kye: {literal}",
        "email_contacts: ['{identity}']",
        "key_type: |\n{pem}",
        "trusted_ca: |\n{pem}",
        "eab_key: {{env: A, file: {literal}}}\neab_key: {literal}",
        "eab_key: 'a{literal}",
        "eab_key: {literal}: b: c",
        "{pem}",
    ),
    "dns-providers/bind.yaml": (
        "tsig_secret: {literal}",
        "tsig_secret: {{secret: {literal}}}",
        "options: {{auth_token: {literal}}}",
    ),
    "certificates/www.yaml": ("csr: |\n{pem}", "identifiers: ['{identity}']", "key: |\n{pem}"),
    "reconciler.yaml": (
        "encryption: {{recipients: [{identity}]}}",
        "encryption: {{recipients: [age1x], identity: {identity}}}",
        "encryption: {{recipients: [age1x], identity: {{env: {identity}}}}}",
        "encryption: {identity}",
        "challenges: {{http-01: {{exec: |\n{pem}\n}}}}",
    ),
}


def test_keys_that_were_pasted_are_not_shown(scene: MakeScene, record_figure: RecordFigure) -> None:
    stage = scene(encrypted=True)
    identity, pem = str(pyrage.x25519.Identity.generate()), as_pem()
    literal = marked("pasted").rstrip("=")
    more = [forms.key("pasted key", pem.encode()), forms.text("pasted identity", identity)]
    more.append(forms.text("pasted literal", literal))
    indented = "".join(f"  {line}\n" for line in pem.splitlines())
    for path, texts in PASTED.items():
        before = (stage.tree / path).read_text()
        for number, text in enumerate(texts):
            pasted = text.format(literal=literal, pem=indented, identity=identity)
            stage.write(path, f"{before}{pasted}\n")
            form = ("text", "json", "markdown")[number % 3]
            stage.run("plan", "--format", form, "--report", f"sarif={stage.out / 'sarif'}", code=None)
        stage.write(path, before)
    paste_into_a_plan(stage, pem, literal)
    check(stage, record_figure, "keys that were pasted", more, ["out/pasted.json"])


def paste_into_a_plan(stage: Scene, pem: str, literal: str) -> None:
    saved, pasted = stage.out / "saved.json", stage.out / "pasted.json"
    stage.run("plan", "--out", str(saved), code=None)
    document = json.loads(saved.read_text())
    pasted.touch(0o600)
    for change in ({"digest": pem}, {literal: pem}, {"actions": [pem]}, {"format": literal}):
        pasted.write_text(json.dumps(document | change))
        stage.run("apply", str(pasted), code=None)
    pasted.write_text(f"{pem}\n{saved.read_text()}")
    stage.run("apply", str(pasted), code=None)
