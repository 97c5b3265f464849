"""A small Azure: tokens for one client, and one DNS zone; requests and answers as the REST API has them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.unit.ca.https_server import Reply, Request, reply

if TYPE_CHECKING:
    from collections.abc import Callable

TENANT = "11111111-2222-3333-4444-555555555555"
SUBSCRIPTION = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
GROUP = "dns-group"
_TOKEN = "token-of-the-test"


@dataclass
class AzureServer:
    """What `HttpsServer` answers with.

    Attributes:
        client_secret: the only one that gives a token.
        record_sets: the TXT record sets of the zone, by relative name.
        before_write: called once, before the next write is looked at.
        forbidden: whether the client has no right in the resource group.
    """

    zone: str
    client_secret: str
    record_sets: dict[str, dict[str, Any]] = field(default_factory=dict)
    writes: int = 0
    tokens: int = 0
    before_write: Callable[[], None] | None = None
    forbidden: bool = False
    _tags: int = 0

    def respond(self, request: Request) -> Reply:
        path = urlsplit(request.path).path
        if path.endswith("/.well-known/openid-configuration"):
            base = f"https://{request.headers['host']}/{TENANT}"
            return _json(
                200,
                {
                    "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{base}/oauth2/v2.0/token",
                    "issuer": f"{base}/v2.0",
                },
            )
        if path == f"/{TENANT}/oauth2/v2.0/token":
            return self._token(parse_qs(request.body.decode()))
        if request.headers.get("authorization") != f"Bearer {_TOKEN}":
            return _error(401, "InvalidAuthenticationToken", "The access token is invalid.")
        if self.forbidden:
            return _error(403, "AuthorizationFailed", "The client does not have authorization.")
        return self._resource(request, path)

    def put(self, name: str, values: list[list[str]], ttl: int, **more: object) -> dict[str, Any]:
        """Make a record set, and give it a new entity tag."""
        self._tags += 1
        made = {
            "id": f"/subscriptions/{SUBSCRIPTION}/{name}",
            "name": name,
            "type": "Microsoft.Network/dnszones/TXT",
            "etag": f"tag-{self._tags}",
            "properties": {"TTL": ttl, "TXTRecords": [{"value": value} for value in values], **more},
        }
        self.record_sets[name] = made
        return made

    def _token(self, form: dict[str, list[str]]) -> bytes:
        assert form["grant_type"] == ["client_credentials"]
        if form["client_secret"] != [self.client_secret]:
            description = "AADSTS7000215: Invalid client secret provided."
            return _json(401, {"error": "invalid_client", "error_description": description})
        self.tokens += 1
        return _json(200, {"token_type": "Bearer", "expires_in": 3599, "access_token": _TOKEN})

    def _resource(self, request: Request, path: str) -> bytes:
        base = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.Network/dnsZones/"
        zone, _, place = path.removeprefix(base).partition("/")
        if not path.startswith(base) or zone != self.zone:
            return _error(404, "ResourceNotFound", f"The Resource '{path}' was not found.")
        if not place:
            return _json(200, {"name": self.zone, "location": "global", "properties": {}})
        name = place.removeprefix("TXT/")
        if request.method != "GET":
            self.writes += 1
            if self.before_write:
                meanwhile, self.before_write = self.before_write, None
                meanwhile()
        return self._record_set(request, name)

    def _record_set(self, request: Request, name: str) -> bytes:
        present = self.record_sets.get(name)
        if request.method == "GET":
            return _json(200, present) if present else _error(404, "NotFound", f"No record {name}.")
        wanted = request.headers.get("if-match")
        if (wanted and (present is None or present["etag"] != wanted)) or (
            request.headers.get("if-none-match") == "*" and present
        ):
            return _error(412, "PreconditionFailed", "The condition '*' in the header was not satisfied.")
        if request.method == "DELETE":
            return reply(200 if self.record_sets.pop(name, None) else 204)
        properties = json.loads(request.body)["properties"]
        values = [record["value"] for record in properties["TXTRecords"]]
        metadata = {"metadata": properties["metadata"]} if "metadata" in properties else {}
        return _json(200 if present else 201, self.put(name, values, properties["TTL"], **metadata))


def _json(status: int, body: object) -> bytes:
    return reply(status, body, Content_Type="application/json")


def _error(status: int, code: str, message: str) -> bytes:
    return _json(status, {"error": {"code": code, "message": message}})
