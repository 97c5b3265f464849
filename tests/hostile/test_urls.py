"""URLs that a CA names: asked are those of its own host, and of hosts that the account names besides."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.ca.hosts import Hosts
from reconciler.cli.main import run
from reconciler.errors import CAError, ProtocolError
from tests.unit.ca.https_server import HttpsServer, reply
from tests.unit.ca.whole_ca import Draft, WholeCA, write_tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.hostile.in_process import Here

ELSEWHERE = "https://169.254.169.254/latest"
NEVER_ASKED = (
    ELSEWHERE,
    "https://ca.test:8443/x",
    "https://ca.test.evil.example/x",
    "https://ca.test\\.evil.example/x",
    "https://[::1]/x",
    "https://localhost/x",
    "https://2130706433/x",
    "https://user:secret@ca.test/x",
    "https://ca.test@evil.example/x",
    "https://xn--mnchen-3ya.example/x",
    "https://münchen.example/x",
    "http://ca.test/x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "//evil.example/x",
    "ftp://ca.test/x",
    "order/0",
    "https://ca.test/a\r\nX-Injected: yes",
    "https://ca.test/\x1b[2J",
    f"https://ca.test/{'x' * 3_000_00}",
    "",
)


def _member(name: str) -> Callable[[Draft, str], None]:
    def change(draft: Draft, url: str) -> None:
        if name in draft.body or name == "orders":
            draft.body[name] = url

    return change


def _location(draft: Draft, url: str) -> None:
    draft.headers["Location"] = url


def _authorization(draft: Draft, url: str) -> None:
    draft.body["authorizations"] = [url]


def _challenge(draft: Draft, url: str) -> None:
    draft.body["challenges"][0]["url"] = url


# The step, what changes its answer, and whether the order can do without that URL.
PLACES: dict[str, tuple[str, Callable[[Draft, str], None], bool]] = {
    "newNonce": ("directory", _member("newNonce"), False),
    "newAccount": ("directory", _member("newAccount"), False),
    "newOrder": ("directory", _member("newOrder"), False),
    "renewalInfo": ("directory", _member("renewalInfo"), True),
    "the list of orders": ("account", _member("orders"), True),
    "an order in the list": ("orders", lambda draft, url: draft.body.update(orders=[url]), True),
    "the order": ("order", _location, False),
    "an authorization": ("order", _authorization, False),
    "a challenge": ("authorization", _challenge, False),
    "finalize": ("poll", _member("finalize"), False),
    "the certificate": ("finalize", _member("certificate"), False),
    "an alternate chain": (
        "certificate",
        lambda draft, url: draft.headers.update(Link=f'<{url}>;rel="alternate"'),
        True,
    ),
}


def changed(place: str, url: str) -> Callable[[str, int, Draft], Draft]:
    step, mutate, _ = PLACES[place]

    def change(taken: str, _: int, draft: Draft) -> Draft:
        if taken == step and isinstance(draft.body, dict | bytes):
            mutate(draft, url)
        return draft

    return change


def prefer_another_chain(folder: Path) -> None:
    path = folder / "certificates/www.yaml"
    path.write_text(path.read_text() + "preferred_chain: another root\n")


@pytest.mark.parametrize("place", PLACES)
def test_no_request_goes_to_another_host(here: Here, place: str) -> None:
    prefer_another_chain(here.folder)
    here.ca.change = changed(place, ELSEWHERE)
    code, said = here.run("apply", "--no-wait")
    if PLACES[place][2]:
        assert code == 0
    else:
        assert code == 4
        assert "sends us to another host, 169.254.169.254" in " ".join(said.split())
        assert "add `169.254.169.254` to `additional_hosts` in the account's file" in " ".join(said.split())
    # What was noted of the order may be of no use; it ends when the order does, after a week.
    here.ca.be_honest()
    here.now += dt.timedelta(days=8)
    assert here.run("apply", "--no-wait")[0] in (0, 4)
    assert here.run("apply", "--no-wait")[0] == 0
    assert (here.folder / "certs/www/cert.pem").exists()


@pytest.mark.parametrize("place", PLACES)
def test_no_request_goes_to_anything_else(here: Here, place: str) -> None:
    # A part of them for each place, another one each time: all places check in the same way.
    for url in NEVER_ASKED[list(PLACES).index(place) % 4 :: 4]:
        if place in ("the order", "an alternate chain") and url in ("", "order/0", "//evil.example/x"):
            continue  # in a header it may be relative
        here.forget()
        here.ca.change = changed(place, url)
        code, said = here.run("apply", "--no-wait")
        assert code == (0 if PLACES[place][2] else 4), (url, said)
        assert "secret" not in said or "user" in url


def test_links_that_are_shown_are_never_asked(here: Here) -> None:
    shown = "javascript:alert(1)\x1b[2J"

    def change(step: str, _: int, draft: Draft) -> Draft:
        if step == "directory":
            draft.body["meta"] = {"termsOfService": shown, "website": ELSEWHERE}
        if step == "order":
            body: dict[str, Any] = {
                "type": "urn:ietf:params:acme:error:userActionRequired",
                "detail": "read this",
            }
            return Draft(
                403, body, {"Link": '<javascript:alert(1)>;rel="help", <https://a.test/>;rel="help"'}
            )
        return draft

    here.ca.change = change
    code, said = here.run("apply", "--no-wait")
    assert code == 4
    assert "https://a.test/" in said
    assert "javascript" not in said


def test_urls_may_be_written_in_capitals_and_records_stay_readable(here: Here) -> None:
    here.ca.change = changed("the order", "HTTPS://CA.TEST/order/0")
    here.run("apply", "--no-wait")
    assert here.run("status")[0] == 0
    assert here.run("apply", "--no-wait")[0] == 0


def test_requests_to_internal_services_are_not_even_connected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with WholeCA() as ca, HttpsServer(lambda _: reply(200, {})) as internal:
        write_tree(tmp_path, ca)
        ca.change = changed("the order", internal.url("/admin"))
        assert run(("-C", str(tmp_path), "apply", "--no-wait")) == 4
        assert internal.connections == 0
        said = " ".join(capsys.readouterr().out.split())
        assert f"add `localhost:{internal.port}` to `additional_hosts`" in said


def test_a_host_that_the_account_names_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with WholeCA() as ca:
        second = HttpsServer(ca.https.respond)
        with second:
            write_tree(tmp_path, ca)
            ca.change = changed("the order", second.url("/order/0"))
            assert run(("-C", str(tmp_path), "apply", "--no-wait")) == 4
            assert second.connections == 0
            # The order is not lost: its URL is in the state.
            write_tree(tmp_path, ca, f"additional_hosts: ['localhost:{second.port}']")
            assert run(("-C", str(tmp_path), "apply")) == 0
            assert second.connections > 0
            assert len(ca.orders) == 1
            assert (tmp_path / "certs/www/cert.pem").exists()
            assert f"localhost:{second.port}" in (tmp_path / "state/accounts/ca.yaml").read_text()
    assert "hosts that may be asked besides: none -> localhost:" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308, 399])
def test_redirects_are_reported_and_not_followed(here: Here, status: int) -> None:
    for step in ("directory", "account", "order", "certificate"):
        here.forget()

        def change(taken: str, _: int, draft: Draft, step: str = step) -> Draft:
            return Draft(status, b"", {"Location": f"{ELSEWHERE}\x1b[2J"}) if taken == step else draft

        here.ca.change = change
        code, said = here.run("apply", "--no-wait")
        assert code == 4
        assert f"leads on to {ELSEWHERE} [2J, which is not followed" in " ".join(said.split())


def test_hosts() -> None:
    hosts = Hosts("https://CA.test/dir", ("orders.ca.test", "ca.test:8443", "[2001:db8::1]:14000"))
    for url in (
        "https://ca.test/x",
        "https://ca.test:443/x",
        "https://ORDERS.ca.test/x",
        "https://ca.test:8443/x",
        "https://[2001:db8::1]:14000/x",
    ):
        hosts.check(url)
    for url in (
        "https://orders.ca.test:8443/x",
        "https://[2001:db8::1]/x",
        "https://test/x",
        "https://a.ca.test/",
    ):
        with pytest.raises(ProtocolError, match="another host"):
            hosts.check(url)


@pytest.mark.parametrize(
    "entry", ["", "a b", "a.test/path", "user@a.test", "https://a.test", "a.test:99999", "[::1"]
)
def test_what_is_no_host(entry: str) -> None:
    with pytest.raises(CAError, match="additional_hosts"):
        Hosts("https://ca.test/dir", (entry,))
