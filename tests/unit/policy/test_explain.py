"""Explanations: the sentence, the entry that came nearest, and what to do."""

from __future__ import annotations

import pytest

from reconciler.model.evidence import Unproved
from reconciler.model.identifier import parse_identifier
from reconciler.policy import could_allow
from reconciler.policy.explaining import explain
from tests.unit.policy.cases import entity_of, role_of

NAME = "{{identity.entity.name}}.users.example.com"
TEAM = "{{identity.entity.metadata.team}}.example.com"
GROUP = "{{identity.groups.names.ops}}.example.com"


@pytest.mark.parametrize(
    ("allowed", "options", "asked", "reason"),
    [
        ("Example.com", "", "example.com", "`Example.com` allows it"),
        ("example.com", "bare_domains", "example.com", "`example.com` allows it, with bare_domains"),
        ("example.com", "subdomains", "a.example.com", "`example.com` allows it, with subdomains"),
        ("example.com", "subdomains, wildcards", "a.example.com", "`example.com` allows it, with subdomains"),
        (
            "example.com",
            "subdomains, wildcards",
            "*.example.com",
            "`example.com` allows it, with subdomains and wildcards",
        ),
        ("*.example.com", "wildcards", "*.example.com", "`*.example.com` allows it, with wildcards"),
        ("*.example.com", "globs", "a.example.com", "`*.example.com` allows it, with globs"),
        (
            "*.example.com",
            "globs, wildcards",
            "*.a.example.com",
            "`*.example.com` allows it, with globs and wildcards",
        ),
        (NAME, "", "alice.users.example.com", f"`{NAME}` (here `alice.users.example.com`) allows it"),
        (
            NAME,
            "subdomains",
            "a.alice.users.example.com",
            f"`{NAME}` (here `alice.users.example.com`) allows it, with subdomains",
        ),
    ],
)
def test_why_it_is_allowed(allowed: str, options: str, asked: str, reason: str) -> None:
    alice = entity_of("id=e1, name=alice")
    explanation = explain(role_of(allowed, options), parse_identifier(asked), alice)
    assert (explanation.reason, explanation.nearest, explanation.hint) == (reason, None, None)
    assert explanation.decision.allowed


LACKS = "but the role lacks the option"
WIDER = "`allowed_domain_options`, in roles/web.yaml"


@pytest.mark.parametrize(
    ("allowed", "options", "asked", "nearest", "reason"),
    [
        # The same name.
        (
            "Example.com",
            "subdomains",
            "example.com",
            "Example.com",
            f"`Example.com` is this name, {LACKS} bare_domains",
        ),
        (
            "example.com",
            "globs",
            "example.com",
            "example.com",
            f"`example.com` is this name, {LACKS} bare_domains",
        ),
        (
            "*.example.com",
            "globs",
            "*.example.com",
            "*.example.com",
            f"`*.example.com` is this wildcard, {LACKS} wildcards",
        ),
        (
            "*.example.com",
            "",
            "*.example.com",
            "*.example.com",
            f"`*.example.com` is this wildcard, {LACKS} wildcards",
        ),
        # Below an entry.
        (
            "example.com",
            "",
            "a.b.example.com",
            "example.com",
            f"it is under `example.com`, {LACKS} subdomains",
        ),
        (
            "a.example.com, example.com",
            "bare_domains",
            "b.example.com",
            "example.com",
            f"it is under `example.com`, {LACKS} subdomains",
        ),
        (
            "example.com",
            "bare_domains, wildcards",
            "*.example.com",
            "example.com",
            f"it is under `example.com`, {LACKS} subdomains",
        ),
        (
            "example.com",
            "subdomains",
            "*.a.example.com",
            "example.com",
            f"it is under `example.com`, {LACKS} wildcards",
        ),
        (
            "example.com",
            "",
            "*.example.com",
            "example.com",
            f"it is under `example.com`, {LACKS}s subdomains and wildcards",
        ),
        # What a glob would match.
        (
            "*.example.com",
            "bare_domains",
            "a.example.com",
            "*.example.com",
            f"it matches `*.example.com`, {LACKS} globs",
        ),
        (
            "api-*.example.com",
            "wildcards",
            "api-1.example.com",
            "api-*.example.com",
            f"it matches `api-*.example.com`, {LACKS} globs",
        ),
        (
            "*.example.com",
            "globs",
            "*.a.example.com",
            "*.example.com",
            f"it matches `*.example.com`, {LACKS} wildcards",
        ),
        (
            "*.example.com",
            "subdomains",
            "*.a.example.com",
            "*.example.com",
            f"it matches `*.example.com`, {LACKS}s globs and wildcards",
        ),
        (
            "*.example.com",
            "wildcards",
            "a.example.com",
            "*.example.com",
            f"it matches `*.example.com` (wildcards allows that wildcard itself only), {LACKS} globs",
        ),
        # What looks alike.
        (
            "example.com",
            "subdomains",
            "evilexample.com",
            "example.com",
            "it is not under `example.com`, but only ends with the same text: labels are compared whole",
        ),
        (
            "*.example.com",
            "globs",
            "evilexample.com",
            "*.example.com",
            "it is not under `example.com`, but only ends with the same text: labels are compared whole",
        ),
        (
            "example.com",
            "subdomains, wildcards",
            "*.evilexample.com",
            "example.com",
            "it is not under `example.com`, but only ends with the same text: labels are compared whole",
        ),
        (
            "*.example.com",
            "globs",
            "example.com",
            "*.example.com",
            "`*.example.com` is for names under it, not for the name itself",
        ),
        # What shares labels.
        (
            "www.example.net, www.example.com",
            "",
            "api.example.com",
            "www.example.com",
            "no entry is this name; the nearest is `www.example.com`",
        ),
        (
            "www.example.com",
            "subdomains",
            "api.example.com",
            "www.example.com",
            "it is not under `www.example.com`, the nearest entry",
        ),
        (
            "api-*.example.com",
            "globs",
            "web.example.com",
            "api-*.example.com",
            "it does not match `api-*.example.com`, the nearest entry",
        ),
        # Nothing like it.
        (
            "example.com",
            "subdomains",
            "example.com.evil.net",
            None,
            "no entry of the role `web` is this name",
        ),
        (
            "example.org, a_b.example.com",
            "",
            "*.example.com",
            None,
            "no entry of the role `web` is this wildcard",
        ),
        ("", "", "example.com", None, "no entry of the role `web` is this name"),
    ],
)
def test_the_nearest_entry(allowed: str, options: str, asked: str, nearest: str | None, reason: str) -> None:
    explanation = explain(role_of(allowed, options), parse_identifier(asked))
    assert (explanation.nearest, explanation.reason) == (nearest, reason)


ALICE = "id=e1, name=alice"
NO_LABEL = "not one DNS label in lower case"
BOTH = "`bare_domains` and `wildcards`"
THERE = "in `allowed_domain_options`"
ELSE = "in roles/web.yaml, or use another role"


@pytest.mark.parametrize(
    ("allowed", "options", "asked", "who", "reason"),
    [
        (NAME, "", "alice.users.example.com", None, f"`{NAME}` could allow it, but it is not known who asks"),
        (
            NAME,
            "",
            "alice.users.example.com",
            "id=e2, name=bob",
            f"`{NAME}` would allow it to another, and is `bob.users.example.com` here",
        ),
        (
            NAME,
            "",
            "a.users.example.com",
            "id=e2, name=Bob",
            f"`{NAME}` could allow it, but the name of `Bob` is `Bob`, {NO_LABEL}",
        ),
        (TEAM, "", "shop.example.com", ALICE, f"`{TEAM}` could allow it, but `alice` has no metadata `team`"),
        (
            TEAM,
            "",
            "shop.example.com",
            f"{ALICE}, team=a.b",
            f"`{TEAM}` could allow it, but the metadata `team` of `alice` is `a.b`, {NO_LABEL}",
        ),
        (
            GROUP,
            "",
            "ops.example.com",
            f"{ALICE}, groups=dev",
            f"`{GROUP}` could allow it, but `alice` is not a member of the group `ops`",
        ),
        (
            f"x{NAME}",
            "",
            "räksmörgås.users.example.com",
            "id=e, name=n--rksmrgs-5wao1o",
            f"`x{NAME}` could allow it, but its label `xn--rksmrgs-5wao1o` would be encoded text",
        ),
        # Who asks does not matter, or is not what is wrong.
        (
            NAME,
            "",
            "a.alice.users.example.com",
            None,
            f"it does not match `{NAME}`, the nearest entry, whoever asks",
        ),
        (
            GROUP,
            "",
            "dev.example.com",
            f"{ALICE}, groups=dev",
            f"it does not match `{GROUP}`, the nearest entry, whoever asks",
        ),
        (
            NAME,
            "",
            "a.alice.users.example.com",
            ALICE,
            f"it is under `{NAME}` (here `alice.users.example.com`), {LACKS} subdomains",
        ),
        (
            f"{NAME}, alice.users.example.com",
            "globs",
            "alice.users.example.com",
            "id=e2, name=bob",
            f"`alice.users.example.com` is this name, {LACKS} bare_domains",
        ),
    ],
)
def test_the_nearest_template(allowed: str, options: str, asked: str, who: str | None, reason: str) -> None:
    role = role_of(allowed, options)
    explanation = explain(role, parse_identifier(asked), entity_of(who) if who else None)
    assert explanation.reason == reason
    assert explanation.nearest is not None
    assert explanation.hint


def test_why_nobody_is_proved_is_told_where_it_matters() -> None:
    unproved = Unproved("commit 1234567 is not signed", "sign it")
    role = role_of(f"{NAME}, example.com", "subdomains")
    explanation = explain(role_of(NAME), parse_identifier("alice.users.example.com"), unproved=unproved)
    assert explanation.reason == f"`{NAME}` could allow it, but commit 1234567 is not signed"
    assert explanation.hint == "sign it"
    for asked in ("www.example.com", "example.com", "alice.example.org"):
        explanation = explain(role, parse_identifier(asked), unproved=unproved)
        assert "sign" not in f"{explanation.reason} {explanation.hint}"


@pytest.mark.parametrize(
    ("denied", "asked", "reason"),
    [
        ("x.example.com", "x.example.com", "`denied_domains` has `x.example.com`"),
        ("X.example.com.", "a.x.example.com", "`denied_domains` has `X.example.com.`, and it is under that"),
        ("x.example.com", "*.x.example.com", "`denied_domains` has `x.example.com`, and it is under that"),
        (
            "x.example.com",
            "*.example.com",
            "`denied_domains` has `x.example.com`, for which this wildcard stands, too",
        ),
        ("x-*.example.com", "x-1.example.com", "`denied_domains` has `x-*.example.com`, which matches it"),
        ("*.x.example.com", "a.x.example.com", "`denied_domains` has `*.x.example.com`, which matches it"),
        ("x-*.com", "a.x-1.com", "`denied_domains` has `x-*.com`, which matches a name above it"),
        (
            "x-*.example.com",
            "*.example.com",
            "`denied_domains` has `x-*.example.com`, which matches names that this wildcard stands for",
        ),
        (
            "*.x.example.com",
            "*.example.com",
            "`denied_domains` has `*.x.example.com`, and this wildcard stands for `x.example.com`",
        ),
        ("x_y", "example.com", "no name is allowed while `x_y` in `denied_domains` cannot be understood"),
    ],
)
def test_why_denied_domains_deny_it(denied: str, asked: str, reason: str) -> None:
    role = role_of("example.com, com", "bare_domains, subdomains, wildcards", denied)
    explanation = explain(role, parse_identifier(asked))
    assert (explanation.reason, explanation.decision.entry) == (reason, denied)
    assert explanation.hint == "what `denied_domains` in roles/web.yaml has is denied whatever else allows it"


@pytest.mark.parametrize(
    ("ranges", "asked", "nearest", "reason"),
    [
        ("", "10.0.0.1", None, "the role has no `allowed_ip_ranges`, and nothing else allows addresses"),
        ("2001:db8::/32", "10.0.0.1", None, "the ranges of the role are all of the other version of IP"),
        (
            "10.0.0.0/8, 192.168.0.0/16",
            "192.169.0.1",
            "192.168.0.0/16",
            "no range contains it; the nearest is `192.168.0.0/16`",
        ),
    ],
)
def test_why_an_address_is_denied(ranges: str, asked: str, nearest: str | None, reason: str) -> None:
    explanation = explain(role_of("*", "globs", ranges=ranges), parse_identifier(asked))
    assert (explanation.nearest, explanation.reason) == (nearest, reason)
    assert explanation.hint == f"have `{asked}` added to `allowed_ip_ranges` in roles/web.yaml"
    assert (
        explain(role_of("", ranges="10.0.0.0/8"), parse_identifier("10.1.1.1")).reason
        == "the range `10.0.0.0/8` allows it"
    )


def test_a_wildcard_over_a_public_suffix() -> None:
    explanation = explain(role_of("*.co.uk", "globs, wildcards"), parse_identifier("*.co.uk"))
    assert explanation.reason == "`co.uk` is a public suffix, and no wildcard over one is allowed"
    assert explanation.hint == "list the names that are needed one by one"


@pytest.mark.parametrize(
    ("allowed", "options", "asked", "hint"),
    [
        (
            "example.com",
            "subdomains",
            "example.com",
            "have `bare_domains` added to `allowed_domain_options` in roles/web.yaml",
        ),
        (
            "example.com",
            "subdomains",
            "*.a.example.com",
            "have `wildcards` added to `allowed_domain_options` in roles/web.yaml",
        ),
        (
            "*.example.com",
            "wildcards",
            "a.example.com",
            "have `globs` added to `allowed_domain_options` in roles/web.yaml",
        ),
        (
            "example.com",
            "bare_domains",
            "a.example.com",
            f"have `a.example.com` added to `allowed_domains`, or `subdomains` to {WIDER}",
        ),
        # With any other option alone, entries would no longer allow themselves.
        (
            "example.com",
            "",
            "a.example.com",
            f"have `a.example.com` added to `allowed_domains`, or `bare_domains` and `subdomains` to {WIDER}",
        ),
        (
            "example.com",
            "",
            "a.example.org",
            f"have `a.example.org` added to `allowed_domains` {ELSE}",
        ),
        (
            "example.com",
            "subdomains",
            "a.example.org",
            f"have `a.example.org` added to `allowed_domains` (with `bare_domains` {THERE}) {ELSE}",
        ),
        (
            "example.com",
            "",
            "*.example.org",
            f"have `*.example.org` added to `allowed_domains` (with {BOTH} {THERE}) {ELSE}",
        ),
        (NAME, "", "a.users.example.com", "only who the entry is filled with may request this name"),
    ],
)
def test_what_to_do(allowed: str, options: str, asked: str, hint: str) -> None:
    assert explain(role_of(allowed, options), parse_identifier(asked)).hint == hint


@pytest.mark.parametrize(
    ("allowed", "options", "possible", "impossible"),
    [
        (
            NAME,
            "",
            "a.users.example.com a-1.users.example.com",
            "a.b.users.example.com users.example.com *.users.example.com",
        ),
        (
            NAME,
            "subdomains",
            "a.b.users.example.com",
            "b.users.example.com users.example.com *.b.users.example.com",
        ),
        (NAME, "bare_domains, subdomains", "a.b.users.example.com b.users.example.com", "users.example.com"),
        (
            NAME,
            "subdomains, wildcards",
            "*.b.users.example.com *.a.b.users.example.com",
            "*.users.example.com",
        ),
        (NAME, "globs, wildcards", "", "b.users.example.com *.b.users.example.com"),
        (f"*.{NAME}", "globs", "a.b.users.example.com", "b.users.example.com *.b.users.example.com"),
        (
            f"*.{NAME}",
            "wildcards",
            "*.b.users.example.com",
            "a.b.users.example.com *.users.example.com *.a.b.users.example.com",
        ),
        (GROUP, "", "ops.example.com", "dev.example.com a.ops.example.com"),
        (f"X-{TEAM}.", "", "x-a.example.com", "y-a.example.com"),
        ("{{identity.groups.names.a.b}}.example.com", "", "", "a.b.example.com a.example.com"),
        ("{{identity.entity.nmae}}.example.com", "", "", "a.example.com"),
        ("{{identity.entity.name}}ä.example.com", "", "", "aä.example.com a.example.com"),
        ("{{identity.entity.name}}.räk.se", "", "a.räk.se", "a.rak.se"),
        ("{{identity.entity.name}}.a_b.se", "", "", "a.ab.se"),
        ("{{identity.entity.name}}.123.se", "", "a.123.se", "a.124.se"),
        (f"{NAME}, www.example.com", "", "www.example.com", "api.example.com"),
    ],
)
def test_what_could_be_allowed_to_somebody(
    allowed: str, options: str, possible: str, impossible: str
) -> None:
    role = role_of(allowed, options, denied="denied.users.example.com")
    asked = [*possible.split(), *impossible.split()]
    found = [each for each in asked if could_allow(role, parse_identifier(each))]
    assert found == [each for each in asked if each in possible.split()]
    assert not could_allow(role, parse_identifier("denied.users.example.com"))
    assert not could_allow(role, parse_identifier("192.0.2.1"))
