from __future__ import annotations

import json
import logging
import subprocess
import sys
from base64 import b64decode
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from acme.jws import JWS
from josepy import b64, jwk

from reconciler import pki
from reconciler.ca.failures import AnswerLostError, GarbledAnswerError
from reconciler.ca.port import ChainAnswer, ExternalAccountBinding
from reconciler.ca.rfc8555 import Rfc8555CA
from reconciler.errors import CAError, ProblemError
from reconciler.model.account import KeyType
from reconciler.model.identifier import Identifier
from reconciler.model.order import Status
from reconciler.model.role import IdentifierPopulation
from tests.unit.ca.https_server import Reply, Request, reply, unpadded
from tests.unit.ca.scripted_ca import ScriptedCA
from tests.unit.ca.test_answers import a_challenge, an_authorization, an_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.ca.port import CertificateAuthority

KEY = pki.generate_key(KeyType.EC_256)
ACCOUNT = "https://ca.example/account/1"


def test_the_port_is_implemented() -> None:
    with ScriptedCA() as ca, ca.server() as server:
        port: CertificateAuthority = Rfc8555CA(server, KEY)
        assert port.directory().external_account_required is False


def test_nothing_heavy_is_imported_with_the_port() -> None:
    program = """
import sys, reconciler.ca.port, reconciler.pki
heavy = {"acme", "josepy", "cryptography", "urllib3", "ssl", "requests", "http.client"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_new_account() -> None:
    with ScriptedCA() as scripted, scripted.server() as server:
        scripted.routes["/account"] = scripted.answers({"status": "valid"}, 201, Location=ACCOUNT)
        ca = Rfc8555CA(server, KEY)
        binding = ExternalAccountBinding("kid-1", b"0123456789abcdef0123456789abcdef")
        got = ca.new_account(
            ["a@example.org", "mailto:b@example.org"],
            terms_of_service_agreed=True,
            external_account_binding=binding,
        )
        assert (got.url, got.status) == (ACCOUNT, Status.VALID)
        request = scripted.https.requests[-1]
        assert request.headers["content-type"] == "application/jose+json"
        payload = json.loads(request.payload)
        bound = payload.pop("externalAccountBinding")
        assert payload == {
            "contact": ["mailto:a@example.org", "mailto:b@example.org"],
            "termsOfServiceAgreed": True,
        }
        assert json.loads(unpadded(bound["protected"])) == {
            "alg": "HS256",
            "kid": "kid-1",
            "url": scripted.https.url("/account"),
        }
        assert JWS.from_json(bound).verify(jwk.JWKOct(key=binding.key))
        public = jwk.JWK.load(KEY).public_key().to_json()
        assert request.protected["jwk"] == public == json.loads(unpadded(bound["payload"]))
        scripted.routes["/order"] = scripted.answers(an_order(), 201, Location="/order/1")
        ca.new_order([Identifier("dns", "example.org")])
        assert scripted.https.requests[-1].protected["kid"] == ACCOUNT


def test_a_new_account_says_only_what_there_is() -> None:
    with ScriptedCA() as scripted, scripted.server() as server:
        scripted.routes["/account"] = scripted.answers({"status": "valid"}, 200, Location=ACCOUNT)
        Rfc8555CA(server, KEY).new_account([], terms_of_service_agreed=False)
        assert json.loads(scripted.https.requests[-1].payload) == {}


def test_an_account_must_be_registered_first() -> None:
    with (
        ScriptedCA() as scripted,
        scripted.server() as server,
        pytest.raises(CAError, match="not registered yet"),
    ):
        Rfc8555CA(server, KEY).read_order("https://ca.example/order/1")


def test_the_thumbprint() -> None:
    with ScriptedCA() as scripted, scripted.server() as server:
        thumbprint = b64.b64encode(jwk.JWK.load(KEY).thumbprint()).decode()
        assert Rfc8555CA(server, KEY).thumbprint == thumbprint


def test_a_whole_order() -> None:
    identifiers = [Identifier("dns", "*.example.org"), Identifier("ip", "2001:db8::1")]
    csr = pki.csr_der(pki.make_csr(KEY, identifiers, IdentifierPopulation.CN_FIRST))
    pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    with ScriptedCA() as scripted, scripted.server() as server:
        url = scripted.https.url
        scripted.routes |= {
            "/order": scripted.answers(an_order(), 201, Location="/order/1"),
            "/order/1": scripted.answers(an_order(status="ready", finalize=None)),
            "/authz/1": scripted.answers(an_authorization()),
            "/chall/1": scripted.answers(a_challenge(status="processing")),
            "/finalize/1": scripted.answers(
                an_order(status="processing"), Location="/order/1", Retry_After="3"
            ),
            "/finalize/2": scripted.answers(an_order(status="processing")),
            "/cert/1": scripted.answers(pem.encode()),
        }
        ca = Rfc8555CA(server, KEY, ACCOUNT)
        assert ca.new_order(identifiers).url == url("/order/1")
        assert ca.read_order(url("/order/1")).status is Status.READY
        assert ca.read_authorization(url("/authz/1")).url == url("/authz/1")
        assert ca.answer_challenge(url("/chall/1")).status is Status.PROCESSING
        finalized = ca.finalize_order(url("/finalize/1"), csr)
        assert finalized.url == url("/finalize/1")
        assert finalized.retry_after is not None
        assert ca.finalize_order(url("/finalize/2"), csr).url == url("/finalize/2")
        assert ca.download_certificate(url("/cert/1")) == ChainAnswer(pem)
        sent = {each.path: each for each in scripted.https.requests if each.method == "POST"}
        assert {path: json.loads(each.payload or b"null") for path, each in sent.items()} == {
            "/order": {
                "identifiers": [
                    {"type": "dns", "value": "*.example.org"},
                    {"type": "ip", "value": "2001:db8::1"},
                ]
            },
            "/order/1": None,
            "/authz/1": None,
            "/chall/1": {},
            "/finalize/1": {"csr": b64.b64encode(csr).decode()},
            "/finalize/2": {"csr": b64.b64encode(csr).decode()},
            "/cert/1": None,
        }
        assert sent["/cert/1"].headers["accept"] == "application/pem-certificate-chain"
        assert scripted.count("/nonce") == 1
        for path, each in sent.items():
            assert each.protected["url"] == url(path)
            assert each.protected["kid"] == ACCOUNT
            assert JWS.json_loads(each.body.decode()).verify(jwk.JWK.load(KEY).public_key())


def test_a_profile_is_sent_where_one_is_asked_for() -> None:
    with ScriptedCA() as scripted, scripted.server() as server:
        scripted.routes["/order"] = scripted.answers(an_order(profile="classic"), 201, Location="/order/1")
        ca = Rfc8555CA(server, KEY, ACCOUNT)
        assert ca.new_order([Identifier("dns", "example.org")], "classic").profile == "classic"
        ca.new_order([Identifier("dns", "example.org")])
        sent = [json.loads(each.payload) for each in scripted.https.requests if each.path == "/order"]
        assert sent[0] == sent[1] | {"profile": "classic"}
        assert "profile" not in sent[1]


def test_when_a_certificate_is_to_end_and_what_it_replaces() -> None:
    with ScriptedCA() as scripted, scripted.server() as server:
        end = datetime(2026, 6, 1, 14, 0, 0, 999999, tzinfo=timezone(timedelta(hours=2)))
        scripted.routes["/order"] = scripted.answers(
            an_order(notAfter="2026-06-01T12:00:00Z"), 201, Location="/order/1"
        )
        got = Rfc8555CA(server, KEY, ACCOUNT).new_order(
            [Identifier("dns", "example.org")], not_after=end, replaces="aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"
        )
        assert got.not_after == datetime(2026, 6, 1, 12, tzinfo=UTC)
        assert json.loads(scripted.https.requests[-1].payload) == {
            "identifiers": [{"type": "dns", "value": "example.org"}],
            "notAfter": "2026-06-01T12:00:00Z",
            "replaces": "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE",
        }


def test_a_certificate_that_is_replaced_already() -> None:
    with ScriptedCA() as scripted, scripted.server() as server:
        scripted.routes["/order"] = scripted.answers(
            {"type": "urn:ietf:params:acme:error:alreadyReplaced", "detail": "by another"}, 409
        )
        with pytest.raises(ProblemError) as caught:
            Rfc8555CA(server, KEY, ACCOUNT).new_order([Identifier("dns", "example.org")], replaces="a.b")
        assert (caught.value.problem.code, caught.value.problem.status) == ("alreadyReplaced", 409)


def test_an_authorization_is_given_up() -> None:
    with ScriptedCA() as scripted, scripted.server() as server:
        scripted.routes["/authz/1"] = scripted.answers()
        Rfc8555CA(server, KEY, ACCOUNT).deactivate_authorization(scripted.https.url("/authz/1"))
        assert json.loads(scripted.https.requests[-1].payload) == {"status": "deactivated"}


CHANGES: dict[str, Callable[[Rfc8555CA, str], object]] = {
    "/account": lambda ca, _: ca.new_account([], terms_of_service_agreed=True),
    "/order": lambda ca, _: ca.new_order([Identifier("dns", "example.org")]),
    "/chall/1": lambda ca, base: ca.answer_challenge(f"{base}/chall/1"),
    "/finalize/1": lambda ca, base: ca.finalize_order(
        f"{base}/finalize/1",
        pki.csr_der(pki.make_csr(KEY, [Identifier("dns", "example.org")], IdentifierPopulation.SANS_ONLY)),
    ),
}
READS: dict[str, Callable[[Rfc8555CA, str], object]] = {
    "/order/1": lambda ca, base: ca.read_order(f"{base}/order/1"),
    "/authz/1": lambda ca, base: ca.read_authorization(f"{base}/authz/1"),
    "/cert/1": lambda ca, base: ca.download_certificate(f"{base}/cert/1"),
}


@pytest.mark.parametrize("path", CHANGES)
def test_what_changes_something_is_sent_once(path: str) -> None:
    with ScriptedCA() as scripted, scripted.server() as server:
        scripted.routes[path] = lambda _: None
        with pytest.raises(AnswerLostError):
            CHANGES[path](Rfc8555CA(server, KEY, ACCOUNT), scripted.https.url("/").rstrip("/"))
        assert scripted.count(path) == 1


@pytest.mark.parametrize("path", READS)
def test_what_only_reads_is_sent_again(path: str) -> None:
    with ScriptedCA() as scripted, scripted.server() as server:
        scripted.routes[path] = lambda _: None
        with pytest.raises(AnswerLostError):
            READS[path](Rfc8555CA(server, KEY, ACCOUNT), scripted.https.url("/").rstrip("/"))
        assert scripted.count(path) == 2


@pytest.mark.parametrize("path", CHANGES)
def test_a_refused_nonce_is_no_reason_to_give_up_a_change(path: str) -> None:
    def respond(_: Request) -> Reply:
        return reply(403, {"type": "urn:ietf:params:acme:error:unauthorized", "detail": "no"})

    with ScriptedCA() as scripted, scripted.server() as server:
        scripted.routes[path] = respond
        scripted.refuse = 3
        with pytest.raises(ProblemError, match="unauthorized: no"):
            CHANGES[path](Rfc8555CA(server, KEY, ACCOUNT), scripted.https.url("/").rstrip("/"))
        assert scripted.count(path) == 4


@pytest.mark.parametrize("path", [*CHANGES, *READS])
def test_an_html_page_in_place_of_an_answer(path: str) -> None:
    with ScriptedCA() as scripted, scripted.server() as server:
        scripted.routes[path] = scripted.answers(b"<h1>Welcome</h1>", Location="/x")
        with pytest.raises(GarbledAnswerError, match=f"{path}: the answer is n"):
            (CHANGES | READS)[path](Rfc8555CA(server, KEY, ACCOUNT), scripted.https.url("/").rstrip("/"))


def test_two_accounts_share_connection_directory_and_nonces() -> None:
    with ScriptedCA() as scripted, scripted.server() as server:
        scripted.routes["/order/1"] = scripted.answers(an_order())
        other = pki.generate_key(KeyType.EC_384)
        for key, account in ((KEY, ACCOUNT), (other, ACCOUNT + "2"), (KEY, ACCOUNT)):
            Rfc8555CA(server, key, account).read_order(scripted.https.url("/order/1"))
        assert [each.method for each in scripted.https.requests] == ["GET", "HEAD", "POST", "POST", "POST"]
        assert scripted.https.connections == 1


def test_logs_hold_neither_key_nor_binding_nor_payload(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedCA() as scripted, scripted.server() as server:
        scripted.routes["/account"] = scripted.answers({"status": "valid"}, 201, Location=ACCOUNT)
        binding = ExternalAccountBinding("kid-secret", b"0123456789abcdef0123456789abcdef")
        Rfc8555CA(server, KEY).new_account(
            ["someone@example.org"], terms_of_service_agreed=True, external_account_binding=binding
        )
        body = json.loads(scripted.https.requests[-1].body)
    assert "/account" in caplog.text
    for secret in (*body.values(), "someone", "kid-secret", b64.b64encode(binding.key).decode()):
        assert secret not in caplog.text
    assert b64decode(KEY.splitlines()[1])
    assert KEY.splitlines()[1].decode() not in caplog.text
