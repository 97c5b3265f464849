"""Profiles that the CA knows, and such as it does not."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from reconciler.errors import ProblemError
from reconciler.model.identifier import Identifier
from reconciler.model.order import Status
from tests.pebble.test_transport import registered, serve
from tests.pebble.tree import Tree
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pebble.conftest import StartPebble, StartWebroot

DAY = 86400
OPTIONS = PebbleOptions(strict=True, profiles={"classic": 90 * DAY, "shortlived": 6 * DAY})


def lifetime(tree: Tree, name: str) -> dt.timedelta:
    content = (tree.root / "certs" / name / "cert.pem").read_bytes()
    certificate = x509.load_pem_x509_certificate(content)
    return certificate.not_valid_after_utc - certificate.not_valid_before_utc


def test_the_certificate_is_by_the_profile_that_was_asked_for(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot
) -> None:
    ca = pebble(OPTIONS)
    tree = Tree(tmp_path / "tree", ca)
    webroot(ca, tree.root / "webroot")
    tree.role(
        "web", "allowed_domains: [1.example.com, 2.example.com]", "allowed_profiles: [classic, shortlived]"
    )
    tree.certificate("long", "1.example.com")
    tree.certificate("short", "2.example.com", "profile: shortlived")
    tree.run("apply")
    assert lifetime(tree, "long") > dt.timedelta(days=89)
    assert lifetime(tree, "short") < dt.timedelta(days=7)
    for name in ("long", "short"):
        tree.verify(name)
    assert "No changes" in tree.run("plan", "--detailed-exitcode")

    tree.certificate("long", "1.example.com", "profile: shortlived")
    assert "profile changed: classic -> shortlived" in tree.run("plan")
    tree.run("apply")
    assert lifetime(tree, "long") < dt.timedelta(days=7)
    assert "No changes" in tree.run("plan", "--detailed-exitcode")


def test_one_that_the_ca_does_not_offer_is_never_sent_and_holds_up_no_other(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot
) -> None:
    ca = pebble(OPTIONS)
    tree = Tree(tmp_path / "tree", ca)
    webroot(ca, tree.root / "webroot")
    tree.certificate("good", "1.example.com", "profile: classic")
    tree.certificate("bad", "2.example.com", "profile: tlsserver")
    result = tree.json("apply", code=4)
    [failed] = result["failed"]
    assert failed["problem"]["type"] == "urn:reconciler:error:profileNotOffered"
    assert "classic" in failed["problem"]["detail"]
    assert [each["certificate"] for each in result["issued"]] == ["good"]
    assert len([line for line in ca.requests if "order-plz" in line]) == 1
    tree.certificate("bad", "2.example.com", "profile: shortlived")
    tree.run("apply")
    assert lifetime(tree, "bad") < dt.timedelta(days=7)


def test_the_ca_itself_refuses_what_it_does_not_know(pebble: StartPebble) -> None:
    with serve(pebble(OPTIONS)) as server:
        ca = registered(server)
        assert set(ca.directory().profiles) == {"classic", "shortlived"}
        with pytest.raises(ProblemError, match="tlsserver"):
            ca.new_order([Identifier("dns", "example.org")], "tlsserver")
        order = ca.new_order([Identifier("dns", "example.org")], "shortlived")
        assert (order.status, order.profile) == (Status.PENDING, "shortlived")
