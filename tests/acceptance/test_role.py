from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.store import Store
from tests.acceptance.trees import write_certificate, write_tree, write_waiting_order
from tests.unit.render.samples import EVIDENCE, REQUESTER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram

FILES = {
    "roles/web.yaml": (
        "acme_account_name: ca\n"
        "allowed_domains: [example.com, räksmörgås.se]\n"
        "allowed_domain_options: [bare_domains, subdomains]\n"
        "denied_domains: [internal.example.com]\n"
        "allowed_ip_ranges: [10.0.0.0/8]\n"
    ),
    "roles/people.yaml": (
        "acme_account_name: ca\n"
        'allowed_domains: ["{{identity.entity.name}}.users.example.org"]\n'
        "allowed_domain_options: [bare_domains]\n"
    ),
    "roles/other.yaml": (
        "acme_account_name: ca\n"
        "allowed_domains: [example.org, '*.example.net']\n"
        "allowed_domain_options: [subdomains, globs]\n"
        "csr_identifier_population: sans_only\n"
    ),
    "certificates/shop/www.yaml": (
        "role: web\nidentifiers:\n  - www.example.com\n  - RÄKSMÖRGÅS.se\n  - www.example.net\n"
    ),
    "identities/alice.yaml": "id: 7f3c2a\nname: alice\n",
}


@pytest.fixture
def roles(tree: Path) -> Path:
    """Return a tree of three roles, two certificates and an identity."""
    return write_tree(tree, **FILES)


def test_the_roles(roles: Path, program: RunProgram) -> None:
    done = program("role", "list")
    assert (done.code, done.err) == (0, "")
    assert [line.split()[0] for line in done.out.splitlines()] == ["ROLE", "other", "people", "web"]
    assert re.fullmatch(
        r"web +ca +example\.com and 2 more +bare_domains, subdomains +2", done.out.splitlines()[3]
    )
    document = program("role", "list", "--format", "json").document
    assert [(each["name"], each["certificates"]) for each in document["roles"]] == [
        ("other", []),
        ("people", []),
        ("web", ["shop/www", "www"]),
    ]


def test_all_about_one_role(roles: Path, program: RunProgram) -> None:
    shown = program("role", "show", "web").out
    assert shown.startswith("role web\n  file               roles/web.yaml\n")
    assert "  allowed domains    example.com, räksmörgås.se\n" in shown
    assert "  certificates       shop/www, www\n" in shown
    document = program("role", "show", "web", "--format", "json").document
    assert document["acme_account_name"] == "ca"
    assert document["allowed_domain_options"] == ["bare_domains", "subdomains"]
    assert document["denied_domains"] == ["internal.example.com"]
    assert document["allowed_ip_ranges"] == ["10.0.0.0/8"]


def test_what_is_allowed_and_by_what(roles: Path, program: RunProgram) -> None:
    done = program("role", "explain", "web", "WWW.example.com.", "example.com", "10.1.2.3")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("allowed  www.example.com\n         ")
    assert done.out.endswith("\nRole web: 3 identifiers allowed.\n")
    document = program(
        "role", "explain", "web", "www.example.com", "example.com", "10.1.2.3", "--format", "json"
    ).document
    assert document["allowed"]
    assert [(each["entry"], each["option"]) for each in document["identifiers"]] == [
        ("example.com", "subdomains"),
        ("example.com", "bare_domains"),
        ("10.0.0.0/8", None),
    ]


def test_a_denial_says_which_other_roles_would_allow_it(roles: Path, program: RunProgram) -> None:
    done = program("role", "explain", "web", "a.example.org", "www.example.com")
    assert done.code == 5
    assert done.out.startswith("denied   a.example.org\n")
    assert "         allowed by other roles: other\n" in done.out
    assert done.out.endswith("\nRole web: 1 of 2 identifiers denied.\n")
    document = program("role", "explain", "web", "a.example.org", "--format", "json").document
    denied = document["identifiers"][0]
    assert not document["allowed"]
    assert (denied["denial"], denied["other_roles"]) == ("not_listed", ["other"])


def test_plan_says_which_other_role_would_allow_a_name(roles: Path, program: RunProgram) -> None:
    [denied] = program("plan", "--format", "json").document["denied"]
    assert "does not allow `www.example.net`" in denied["message"]
    assert denied["hint"].endswith("; the role `other` would allow it")


def test_what_only_looks_like_a_name_below_is_denied(roles: Path, program: RunProgram) -> None:
    document = program("role", "explain", "web", "evilexample.com", "--format", "json").document
    assert document["identifiers"][0]["nearest"] == "example.com"


def test_what_denied_domains_has_is_denied(roles: Path, program: RunProgram) -> None:
    done = program("role", "explain", "web", "db.internal.example.com", "--format", "json")
    assert done.code == 5
    denied = done.document["identifiers"][0]
    assert (denied["denial"], denied["entry"]) == ("denied_domain", "internal.example.com")


def test_the_names_of_a_certificate_with_their_places(roles: Path, program: RunProgram) -> None:
    done = program("role", "explain", "--certificate", "shop/www")
    assert done.code == 5
    blocks = done.out.split("\n\n")
    assert [block.splitlines()[0] for block in blocks[:3]] == [
        "allowed  www.example.com",
        "allowed  xn--rksmrgs-5wao1o.se (räksmörgås.se)",
        "denied   www.example.net",
    ]
    assert [block.splitlines()[1] for block in blocks[:3]] == [
        "         certificates/shop/www.yaml:3:5",
        "         certificates/shop/www.yaml:4:5",
        "         certificates/shop/www.yaml:5:5",
    ]
    assert done.out.endswith("\nRole web, certificate shop/www: 1 of 3 identifiers denied.\n")
    document = program("role", "explain", "--certificate", "shop/www", "--format", "json").document
    assert (document["role_name"], document["certificate_name"]) == ("web", "shop/www")
    assert document["identifiers"][2]["location"] == {
        "path": "certificates/shop/www.yaml",
        "line": 5,
        "column": 5,
    }


def test_the_names_of_a_certificate_by_another_role(roles: Path, program: RunProgram) -> None:
    document = program("role", "explain", "other", "--certificate", "shop/www", "--format", "json").document
    assert document["role_name"] == "other"
    assert [each["allowed"] for each in document["identifiers"]] == [False, False, True]


@pytest.mark.parametrize("entity", ["alice", "7f3c2a"])
def test_a_templated_entry_is_filled_for_whom_it_is_asked(
    roles: Path, program: RunProgram, entity: str
) -> None:
    done = program("role", "explain", "people", "alice.users.example.org", "--as", entity)
    assert done.code == 0
    assert done.out.endswith("\nRole people, asked as alice: 1 identifier allowed.\n")
    command_line = ("role", "explain", "people", "alice.users.example.org", "bob.users.example.org")
    document = program(*command_line, "--as", entity, "--format", "json").document
    assert document["entity"] == {"id": "7f3c2a", "name": "alice"}
    allowed, denied = document["identifiers"]
    assert allowed["entry"] == "{{identity.entity.name}}.users.example.org"
    assert allowed["filled"] == "alice.users.example.org"
    assert not denied["allowed"]


def test_a_templated_entry_allows_nothing_where_nobody_asks(roles: Path, program: RunProgram) -> None:
    done = program("role", "explain", "people", "alice.users.example.org")
    assert done.code == 5
    assert "--as NAME" in done.out
    denied = program("role", "explain", "people", "alice.users.example.org", "--format", "json").document
    assert denied["entity"] is None
    assert "it is not said who asks" in denied["identifiers"][0]["reason"]


def test_names_that_mean_the_same_are_answered_once(roles: Path, program: RunProgram) -> None:
    document = program(
        "role", "explain", "web", "räksmörgås.se", "xn--rksmrgs-5wao1o.SE.", "--format", "json"
    ).document
    assert [each["identifier"] for each in document["identifiers"]] == ["xn--rksmrgs-5wao1o.se"]
    assert document["identifiers"][0]["text"] == "xn--rksmrgs-5wao1o.se (räksmörgås.se)"


def test_what_was_allowed_and_who_asked_is_shown_later(roles: Path, program: RunProgram) -> None:
    write_certificate(roles)
    store = Store(roles / "state")
    evidence = replace(EVIDENCE, grants=EVIDENCE.grants[:1])
    store.save_certificate(replace(store.certificates()["www"], evidence=evidence))
    shown = program("certificate", "show", "www").out
    assert f"  requested by      alice (entity {REQUESTER.entity_id})\n" in shown
    assert f"  commit            {REQUESTER.commit}\n" in shown
    assert f"  signed with key   {REQUESTER.fingerprint}\n" in shown
    assert f"  policy at commit  {EVIDENCE.policy_commit}\n" in shown
    assert "  allowed by        www.example.com by `example.com` (subdomains)\n" in shown
    document = program("certificate", "show", "www", "--format", "json").document
    assert document["evidence"]["requester"]["commit"] == REQUESTER.commit
    order = replace(write_waiting_order(roles), evidence=evidence)
    store.save_order(order)
    assert "  requested by      alice " in program("order", "show", order.order_id).out
    document = program("order", "show", order.order_id, "--format", "json").document
    assert document["evidence"]["grants"][0]["entry"] == "example.com"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["web", "a_b.example.com"], "underscore"),
        (["web", "www.*.example.com"], "a wildcard must be the whole first label"),
        (["web", "a..example.com"], "an empty label"),
        (["web", f"{'a' * 64}.example.com"], "63 are allowed"),
        (["web", "\x1b[2Jx.example.com"], r"\x1b[2Jx.example.com"),
        (["web"], "say which ROLE and NAMEs are meant, or give --certificate"),
        ([], "say which ROLE and NAMEs are meant, or give --certificate"),
        (["web", "www.example.com", "--certificate", "www"], "give no NAMEs beside it"),
    ],
)
def test_wrong_usage(roles: Path, program: RunProgram, arguments: list[str], message: str) -> None:
    done = program("role", "explain", *arguments)
    assert (done.code, done.out) == (64, "")
    assert message in " ".join(done.err.split())
    assert "\x1b" not in done.err


@pytest.mark.parametrize(
    "command_line", ["role list", "role show web", "role explain web www.example.com --as alice"]
)
def test_what_a_file_holds_does_not_act_on_the_terminal(
    roles: Path, program: RunProgram, command_line: str
) -> None:
    # What is no control character, and yet not to be printed, is left to the renderers.
    write_tree(
        roles,
        **{
            "roles/web.yaml": 'acme_account_name: ca\nallowed_domains: ["a\ue000b.example.com"]\n',
            "identities/alice.yaml": 'id: 7f3c2a\nname: "al\ue000ice"\n',
        },
    )
    done = program(*command_line.split())
    assert done.code == (5 if "explain" in command_line else 0)
    assert r"\ue000" in done.out
    assert done.out.replace("\n", "").isprintable()
    assert program(*command_line.split(), "--format", "json").out.isascii()


@pytest.mark.parametrize(
    ("command_line", "message"),
    [
        ("role show wbe", "there is no role `wbe`; did you mean `web`?"),
        ("role explain wbe www.example.com", "there is no role `wbe`; did you mean `web`?"),
        ("role explain --certificate shop/ww", "there is no certificate `shop/ww` in the tree"),
        ("role explain web www.example.com --as alcie", "there is no identity `alcie` in the tree; did you"),
        (
            "role explain web www.example.com --as x",
            "no identity `x` in the tree; there are: `7f3c2a`, `alice`",
        ),
    ],
)
def test_what_is_not_there(roles: Path, program: RunProgram, command_line: str, message: str) -> None:
    done = program(*command_line.split())
    assert (done.code, done.out) == (1, "")
    assert message in done.err
