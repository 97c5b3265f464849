"""A small Google: tokens for one key, and Cloud DNS; requests and answers as the REST API (v1) has them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.unit.ca.https_server import Reply, Request, reply, unpadded

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = "project-1"
ACCOUNT = "dns@project-1.iam.gserviceaccount.com"
OTHER_ACCOUNT = "other@project-1.iam.gserviceaccount.com"


@cache
def key(which: str) -> rsa.RSAPrivateKey:
    """Return the same key for the same word."""
    return rsa.generate_private_key(65537, 2048)


def credentials(which: str, token_uri: str, secret: str) -> str:
    """Return the JSON of a service account's key, as Google gives it."""
    pem = key(which).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return json.dumps(
        {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": secret,
            "private_key": pem,
            "client_email": ACCOUNT,
            "client_id": "1",
            "token_uri": token_uri,
        }
    )


@dataclass
class GoogleServer:
    """What `HttpsServer` answers with.

    Attributes:
        zones: the managed zones: resource name to DNS name and visibility.
        record_sets: of all of them, TXT only: by zone and name, time to live and values.
        before_change: called once, before the next change is looked at.
        errors: status codes that the next changes are answered with.
        forbidden: whether the account has no right in the project.
    """

    zones: dict[str, tuple[str, str]]
    record_sets: dict[tuple[str, str], tuple[int, list[str]]] = field(default_factory=dict)
    changes: int = 0
    impersonations: int = 0
    before_change: Callable[[], None] | None = None
    errors: list[int] = field(default_factory=list)
    forbidden: bool = False

    def respond(self, request: Request) -> Reply:
        url = urlsplit(request.path)
        if url.path == "/token":
            return self._token(parse_qs(request.body.decode())["assertion"][0])
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if url.path == f"/v1/projects/-/serviceAccounts/{OTHER_ACCOUNT}:generateAccessToken":
            assert bearer == ACCOUNT
            self.impersonations += 1
            return _json(200, {"accessToken": OTHER_ACCOUNT, "expireTime": "2099-01-01T00:00:00Z"})
        if bearer not in (ACCOUNT, OTHER_ACCOUNT):
            return _error(401, "Request had invalid authentication credentials.")
        if self.forbidden:
            return _error(403, "Forbidden")
        return self._resource(
            request, url.path, {name: value[0] for name, value in parse_qs(url.query).items()}
        )

    def _token(self, assertion: str) -> bytes:
        signed, _, signature = assertion.rpartition(".")
        try:
            key("good").public_key().verify(unpadded(signature), signed.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            description = "Invalid JWT Signature."
            return _json(400, {"error": "invalid_grant", "error_description": description})
        claims = json.loads(unpadded(signed.split(".")[1]))
        assert claims["scope"].startswith("https://www.googleapis.com/auth/")
        return _json(200, {"access_token": claims["iss"], "expires_in": 3599, "token_type": "Bearer"})

    def _resource(self, request: Request, path: str, query: dict[str, str]) -> bytes:
        base = f"/dns/v1/projects/{PROJECT}/managedZones"
        if not path.startswith(base):
            return _error(404, "The 'parameters.project' resource was not found.")
        name, _, part = path.removeprefix(base).removeprefix("/").partition("/")
        if not name:
            wanted = query.get("dnsName")
            zones = [_zone(each, *self.zones[each]) for each in self.zones]
            return _json(200, {"managedZones": [each for each in zones if wanted in (None, each["dnsName"])]})
        if name not in self.zones:
            return _error(404, f"The 'parameters.managedZone' resource named '{name}' does not exist.")
        if part == "rrsets":
            sets = [
                _record_set(record_name, *content)
                for (zone, record_name), content in self.record_sets.items()
                if zone == name and record_name == query["name"] and query["type"] == "TXT"
            ]
            return _json(200, {"rrsets": sets})
        if part == "changes":
            return self._change(name, json.loads(request.body))
        return _json(200, _zone(name, *self.zones[name]))

    def _change(self, zone: str, change: dict[str, list[dict[str, Any]]]) -> bytes:
        self.changes += 1
        if self.before_change:
            meanwhile, self.before_change = self.before_change, None
            meanwhile()
        if self.errors:
            return _error(self.errors.pop(0), "said by the test")
        new = dict(self.record_sets)
        for number, each in enumerate(change["deletions"]):
            present = new.pop((zone, each["name"]), None)
            if present is None:
                return _error(404, f"The 'entity.change.deletions[{number}]' resource does not exist.")
            if (present[0], sorted(present[1])) != (int(each["ttl"]), sorted(each["rrdatas"])):
                return _error(412, f"Precondition not met for 'entity.change.deletions[{number}]'.")
        for number, each in enumerate(change["additions"]):
            if (zone, each["name"]) in new:
                return _error(409, f"The resource 'entity.change.additions[{number}]' already exists.")
            assert each["type"] == "TXT"
            assert each["name"].endswith(self.zones[zone][0])
            new[zone, each["name"]] = int(each["ttl"]), each["rrdatas"]
        self.record_sets = new
        return _json(200, {"kind": "dns#change", "id": "1", "status": "pending", **change})


def _zone(name: str, dns_name: str, visibility: str) -> dict[str, str]:
    return {"kind": "dns#managedZone", "name": name, "dnsName": dns_name, "visibility": visibility, "id": "1"}


def _record_set(name: str, ttl: int, values: list[str]) -> dict[str, Any]:
    return {"kind": "dns#resourceRecordSet", "name": name, "type": "TXT", "ttl": ttl, "rrdatas": values}


def _json(status: int, body: object) -> bytes:
    return reply(status, body, Content_Type="application/json")


def _error(status: int, message: str) -> bytes:
    return _json(status, {"error": {"code": status, "message": message, "errors": [{"message": message}]}})
