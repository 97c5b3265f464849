"""Entries of roles: what is noted about them, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.model.finding import Severity
from reconciler.model.role import DomainOption
from reconciler.tree import load_tree
from tests.unit.tree.trees import findings_of, found, make_tree

if TYPE_CHECKING:
    from pathlib import Path

ROLE = "acme_account_name: le\n"


def test_all_four_options_are_supported(tmp_path: Path) -> None:
    role = (
        f"{ROLE}allowed_domains: [example.com, '*.example.com', 'api-*.example.com',"
        " '{{ identity.entity.name }}.users.example.com', RÄKSMÖRGÅS.se.]\n"
        "allowed_domain_options: bare_domains, subdomains, wildcards, globs\n"
    )
    tree = load_tree(make_tree(tmp_path, {"roles/web.yaml": role}))
    assert tree.warnings == ()
    assert tree.roles["web"].allowed_domain_options == frozenset(DomainOption)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("allowed_domains: [example.com, internal]\n", ["2:32 warning"]),
        ("allowed_domains: '*.example.com'\n", ["2:19 warning"]),
        (
            "allowed_domains: ['*', '*example.com']\nallowed_domain_options: globs\n",
            ["2:19 warning", "2:24 warning"],
        ),
        ("allowed_domains: [co.uk]\nallowed_domain_options: subdomains\n", ["2:19 warning"]),
        ("allowed_domains: ['{{identity.entity.nme}}.example.com']\n", ["2:19 error"]),
        ("allowed_domains: ['{{identity.entity.name}.example.com']\n", ["2:19 error"]),
        ("allowed_domains: [a.example]\nallowed_domain_options: [glob]\n", ["3:26 error"]),
        ("denied_domains: [internal, admin.example.com, 'vpn-*']\n", []),
        ("denied_domains: [ok.example, a..b]\n", ["2:30 error"]),
        ("allowed_domains: [a.example]\ndenied_domains: [b.example, example]\n", ["2:19 warning"]),
        ("allowed_domains: [a.example]\ndenied_domains: [b.example, a..b]\n", ["3:29 error"]),
        (
            "allowed_domains: ['*.a.example']\nallowed_domain_options: wildcards\n"
            "allowed_challenge_types: http-01\n",
            ["2:19 warning"],
        ),
        ("denied_domains: ['{{identity.entity.name}}.example.com']\n", ["2:18 error"]),
        ("denied_domains: {}\n", ["2:17 error"]),
        ("allowed_ip_ranges: 10.0.0.0/8, 10.0.0.1/8\n", ["2:32 error"]),
        ("allowed_ip_ranges: [example.com]\n", ["2:21 error"]),
        ("allowed_ip_ranges: ['::/0']\n", ["2:21 warning"]),
        ("max_identifiers: 0\n", ["2:18 error"]),
        ("max_identifiers: 1.5\n", ["2:18 error"]),
        ("max_identifiers: '7'\n", ["2:18 error"]),
        ("allowed_profiles: ['']\n", ["2:20 error"]),
    ],
)
def test_what_is_said_of_entries(tmp_path: Path, fields: str, expected: list[str]) -> None:
    findings = findings_of(make_tree(tmp_path, {"roles/web.yaml": ROLE + fields}))
    assert {each.location.path for each in findings} <= {"roles/web.yaml"}
    places = [f"{each.location.line}:{each.location.column} {each.severity}" for each in findings]
    assert places == expected


def test_of_wrong_options_nothing_is_concluded(tmp_path: Path) -> None:
    role = f"{ROLE}allowed_domains: ['*.example.com']\nallowed_domain_options: [glob]\n"
    assert found(make_tree(tmp_path, {"roles/web.yaml": role})) == ["roles/web.yaml:3:26 unknown-value"]


def test_a_near_variable_is_suggested(tmp_path: Path) -> None:
    role = f"{ROLE}allowed_domains: ['{{{{identity.entity.nme}}}}.example.com']\n"
    (finding,) = findings_of(make_tree(tmp_path, {"roles/web.yaml": role}))
    assert finding.hint == "did you mean `identity.entity.name`?"


@pytest.mark.parametrize("name", ["p\u0430ypal.example", "P\u0410YPAL.example", "xn--pypal-4ve.example"])
def test_names_that_mix_scripts_are_warned_of(tmp_path: Path, name: str) -> None:
    make_tree(
        tmp_path,
        {
            "roles/web.yaml": f"{ROLE}allowed_domains: [www.example.com, {name}]\ndenied_domains: x.{name}\n",
            "certificates/www.yaml": f"role: web\nidentifiers: [www.example.com, {name}]\n",
        },
    )
    assert found(tmp_path) == [
        "certificates/www.yaml:2:32 mixed-script",
        "roles/web.yaml:2:36 mixed-script",
        "roles/web.yaml:3:17 mixed-script",
    ]
    assert {each.severity for each in load_tree(tmp_path).warnings} == {Severity.WARNING}
