from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from acme.jws import JWS
from josepy import b64, jwk

from reconciler import pki
from reconciler.ca.port import ChainAnswer, RenewalAnswer
from reconciler.ca.rfc8555 import Rfc8555CA
from reconciler.errors import CAUnavailableError, ProblemError, ProtocolError
from reconciler.model.account import KeyType
from reconciler.model.identifier import Identifier
from reconciler.model.problem import ACME_ERROR
from reconciler.model.revocation import RevocationReason
from tests.unit.ca.clock import NOW
from tests.unit.ca.https_server import reply
from tests.unit.ca.scripted_ca import ScriptedCA
from tests.unit.ca.test_answers import an_order
from tests.unit.ca.test_certificate_answers import PEM, WINDOW, suggested

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.ca.https_server import Reply, Request

KEY = pki.generate_key(KeyType.EC_256)
CERTIFICATE_KEY = pki.generate_key(KeyType.RSA_2048)
ACCOUNT = "https://ca.example/account/1"
ID = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"


@pytest.fixture
def scripted() -> Iterator[ScriptedCA]:
    with ScriptedCA() as ca:
        ca.offers |= {"revokeCert": "/revoke", "renewalInfo": "/renewal/"}
        yield ca


@pytest.fixture
def ca(scripted: ScriptedCA) -> Iterator[Rfc8555CA]:
    with scripted.server() as server:
        yield Rfc8555CA(server, KEY, ACCOUNT)


def test_alternates_come_with_the_chain(scripted: ScriptedCA, ca: Rfc8555CA) -> None:
    scripted.routes["/cert/1"] = scripted.answers(PEM.encode(), Link='<1/2>;rel="alternate"')
    url = scripted.https.url
    assert ca.download_certificate(url("/cert/1")) == ChainAnswer(PEM, (url("/cert/1/2"),))


def test_a_certificate_is_revoked_by_the_account(scripted: ScriptedCA, ca: Rfc8555CA) -> None:
    scripted.routes["/revoke"] = scripted.answers()
    ca.revoke_certificate(b"DER", RevocationReason.SUPERSEDED)
    request = scripted.https.requests[-1]
    assert json.loads(request.payload) == {"certificate": b64.b64encode(b"DER").decode(), "reason": 4}
    assert request.protected["kid"] == ACCOUNT
    assert JWS.json_loads(request.body.decode()).verify(jwk.JWK.load(KEY).public_key())


def test_a_certificate_is_revoked_by_its_own_key_without_an_account(scripted: ScriptedCA) -> None:
    scripted.routes["/revoke"] = scripted.answers()
    with scripted.server() as server:
        Rfc8555CA(server, KEY).revoke_certificate(b"DER", RevocationReason.UNSPECIFIED, CERTIFICATE_KEY)
    request = scripted.https.requests[-1]
    public = jwk.JWK.load(CERTIFICATE_KEY).public_key()
    assert json.loads(request.payload) == {"certificate": b64.b64encode(b"DER").decode()}
    assert request.protected["jwk"] == public.to_json()
    assert (request.protected["alg"], "kid" in request.protected) == ("RS256", False)
    assert JWS.json_loads(request.body.decode()).verify(public)


def test_a_page_of_somebody_else_revokes_nothing(scripted: ScriptedCA, ca: Rfc8555CA) -> None:
    scripted.nonce_in_answers = False
    scripted.routes["/revoke"] = scripted.answers(b"<html>We are upgrading</html>")
    for own_key in (None, CERTIFICATE_KEY):
        with pytest.raises(CAUnavailableError, match="may not be the CA's"):
            ca.revoke_certificate(b"DER", RevocationReason.UNSPECIFIED, own_key)


@pytest.mark.parametrize("code", ["alreadyRevoked", "badRevocationReason", "unauthorized"])
def test_a_refused_revocation(scripted: ScriptedCA, ca: Rfc8555CA, code: str) -> None:
    scripted.routes["/revoke"] = scripted.answers({"type": f"{ACME_ERROR}{code}", "detail": "no"}, 400)
    with pytest.raises(ProblemError) as caught:
        ca.revoke_certificate(b"DER", RevocationReason.UNSPECIFIED)
    assert caught.value.problem.code == code


def test_a_revocation_whose_answer_is_lost_is_sent_again(scripted: ScriptedCA, ca: Rfc8555CA) -> None:
    def respond(_: Request) -> Reply:
        if scripted.count("/revoke") == 1:
            return None
        return reply(400, {"type": f"{ACME_ERROR}alreadyRevoked", "detail": "done"})

    scripted.routes["/revoke"] = respond
    with pytest.raises(ProblemError, match="alreadyRevoked"):
        ca.revoke_certificate(b"DER", RevocationReason.UNSPECIFIED)


@pytest.mark.parametrize("path", ["/renewal", "/renewal/"])
def test_renewal_information_is_read_without_a_signature(
    scripted: ScriptedCA, ca: Rfc8555CA, path: str
) -> None:
    scripted.offers["renewalInfo"] = path
    scripted.routes[f"/renewal/{ID}"] = scripted.answers(suggested(), Retry_After="7200")
    assert ca.directory().renewal_info
    assert ca.read_renewal_info(ID) == RenewalAnswer(WINDOW, NOW + timedelta(hours=2))
    assert [each.method for each in scripted.https.requests] == ["GET", "GET"]


def test_a_nonce_that_comes_with_it_is_used(scripted: ScriptedCA, ca: Rfc8555CA) -> None:
    scripted.routes[f"/renewal/{ID}"] = scripted.answers(suggested())
    scripted.routes["/order"] = scripted.answers(an_order(), 201, Location="/order/1")
    ca.read_renewal_info(ID)
    ca.new_order([Identifier("dns", "example.org")])
    assert scripted.count("/nonce") == 0


def test_renewal_information_that_cannot_be_had(scripted: ScriptedCA, ca: Rfc8555CA) -> None:
    path = f"/renewal/{ID}"
    later = f"{path}later"
    scripted.routes[later] = scripted.answers(b"", 503, Retry_After="60")
    for _ in range(2):
        with pytest.raises(CAUnavailableError) as unavailable:
            ca.read_renewal_info(f"{ID}later")
        assert unavailable.value.retry_after == NOW + timedelta(minutes=1)
    assert scripted.count(later) == 1
    scripted.routes[path] = scripted.answers({"type": f"{ACME_ERROR}malformed", "detail": "which?"}, 404)
    with pytest.raises(ProblemError, match="malformed"):
        ca.read_renewal_info(ID)
    scripted.routes[path] = scripted.answers(b"<html>")
    with pytest.raises(CAUnavailableError, match="is not JSON"):
        ca.read_renewal_info(ID)
    scripted.routes[path] = lambda _: None
    with pytest.raises(CAUnavailableError, match="before a whole answer"):
        ca.read_renewal_info(ID)
    assert scripted.count(path) == 4


def test_what_a_ca_does_not_offer(scripted: ScriptedCA, ca: Rfc8555CA) -> None:
    scripted.offers.clear()
    assert not ca.directory().renewal_info
    with pytest.raises(ProtocolError, match="the CA does not offer renewal information"):
        ca.read_renewal_info(ID)
    with pytest.raises(ProtocolError, match="the CA does not offer revocation"):
        ca.revoke_certificate(b"DER", RevocationReason.UNSPECIFIED)
