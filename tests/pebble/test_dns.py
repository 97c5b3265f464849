"""A real CA that looks up challenges at a real name server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.challenges.dns.lookup import Lookup
from reconciler.challenges.dns.port import TxtRecord
from reconciler.challenges.dns.propagation import Watcher
from reconciler.challenges.dns.rfc2136 import Rfc2136Publisher
from reconciler.challenges.dns.zones import ZoneFinder
from reconciler.model.dns_provider import Rfc2136
from tests.pebble.tree import Tree
from tools.bind import Bind, BindOptions
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pebble.conftest import StartPebble


def test_records_in_their_zones_are_what_the_ca_finds(tmp_path: Path, pebble: StartPebble) -> None:
    zones = {"example.com": ("_acme-challenge.shop CNAME shop.delegated.test.",), "delegated.test": ()}
    with Bind(BindOptions(zones=zones, resolves=True)) as bind:
        tree = Tree(tmp_path / "tree", pebble(PebbleOptions(dns_server=bind.address)), by_hand=True)
        options = "allowed_domain_options: [bare_domains, subdomains, wildcards]"
        tree.role("dns", "allowed_domains: [example.com]", options, "allowed_challenge_types: [dns-01]")
        tree.certificate("all", "example.com, '*.example.com', shop.example.com", role="dns")
        tree.run("apply", "--detailed-exitcode", code=3)

        lookup = Lookup((bind.address,))
        finder, watcher = ZoneFinder(lookup), Watcher(lookup, port=bind.port)
        publisher = Rfc2136Publisher(
            Rfc2136(bind.address, "update-key", tsig_algorithm="hmac-sha256"), 60, bind.secret("update-key")
        )
        placed = []
        for file in tree.root.glob("state/challenges/*/instructions.json"):
            for challenge in json.loads(file.read_text())["challenges"]:
                name = finder.canonical_name(challenge["dns"]["name"])
                placed.append((finder.zone_of(name), TxtRecord(name, challenge["dns"]["value"])))
        for zone, record in placed:
            publisher.change(zone, [record], [])

        assert sorted((zone, record.name) for zone, record in placed) == [
            ("delegated.test", "shop.delegated.test"),
            ("example.com", "_acme-challenge.example.com"),
            ("example.com", "_acme-challenge.example.com"),
        ]
        assert [watcher.missing(zone, record) for zone, record in placed] == [None] * 3
        tree.run("order", "fulfilled", "--all")
        tree.run("apply", "--detailed-exitcode")
        tree.verify("all")
