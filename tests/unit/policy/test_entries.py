"""What entries mean, and what is said of those that mean nothing, or too much."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from reconciler.errors import InvalidEntryError
from reconciler.model.finding import Severity
from reconciler.model.role import ChallengeType, DomainOption
from reconciler.policy import (
    EntryProblem,
    EntryRules,
    allowed_domain_problem,
    denied_domain_problem,
    entry_rules,
    ip_range_problem,
    parse_ip_range,
)
from reconciler.policy.entries import parse_denied_entry, parse_entry
from reconciler.policy.suffixes import is_public_suffix
from reconciler.policy.templates import parse_template

NAME = "{{identity.entity.name}}"
GROUP = "{{identity.groups.names.ops}}"
LONG = ".".join(["a" * 49] * 6)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Example.COM.", "example.com"),
        ("räksmörgås。SE", "xn--rksmrgs-5wao1o.se"),
        ("*.Example.com.", "*.example.com"),
        ("*\u3002example\uff0ecom", "*.example.com"),
        ("API-*.RÄKSMÖRGÅS.se", "api-*.xn--rksmrgs-5wao1o.se"),
        ("xn--*.se", "xn--*.se"),
        ("*", "*"),
        ("foo.*", "foo.*"),
        ("*.internal", "*.internal"),
    ],
)
def test_canonical_forms(text: str, value: str) -> None:
    entry = parse_entry(text)
    assert entry.value == value
    assert (entry.glob is not None) == ("*" in value)
    assert parse_entry(value) == entry


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "an empty label"),
        ("com", "a single label"),
        ("foo..example.com", "an empty label"),
        ("*..example.com", "an empty label"),
        ("example.com..", "an empty label"),
        ("example.com.\u3002", "an empty label"),
        ("*.example.com..", "an empty label"),
        (".*", "an empty label"),
        ("a_b.example.com", "an underscore"),
        ("*.a_b.example.com", "an underscore"),
        ("-a.*.example.com", "starts or ends with a hyphen"),
        ("*_.example.com", "more than letters, digits, hyphens"),
        ("räk*.example.com", "cannot be matched in part"),
        ("*\u212a.example.com", "cannot be matched in part"),
        ("192.0.2.1", "an address"),
        ("2001:db8::1", "an address"),
        ("10.0.0.0/8", ""),
        (" example.com", ""),
        ("example.com ", ""),
        (" *.example.com", "more than letters, digits, hyphens"),
        ("https://example.com", ""),
        ("example.com:443", ""),
        (f"{LONG}.example.com", "253"),
        (f"*.{LONG}.example.com", "253"),
        ("x" * 64 + ".*.example.com", "63"),
        (f"{NAME}.example.com", ""),
    ],
)
def test_what_is_no_entry(text: str, words: str) -> None:
    with pytest.raises(InvalidEntryError) as caught:
        parse_entry(text)
    assert f"`{text}`: " in str(caught.value)
    assert words in str(caught.value)


def test_what_is_no_entry_may_have_a_hint() -> None:
    hints = {}
    for text in (" example.com", "192.0.2.1", "{identity.entity.name}.example.com"):
        with pytest.raises(InvalidEntryError) as caught:
            parse_entry(text)
        hints[text] = caught.value.hint
    assert list(hints.values()) == [
        "remove the space around it",
        "addresses are allowed by `allowed_ip_ranges` only",
        "a template has two braces on each side: {{identity.entity.name}}",
    ]


@pytest.mark.parametrize(
    ("entry", "options", "code", "words"),
    [
        # Nothing is wrong.
        ("example.com", "", None, ""),
        ("example.com", "bare_domains", None, ""),
        ("example.com", "subdomains wildcards", None, ""),
        ("*.example.com", "wildcards", None, ""),
        ("*.example.com", "globs", None, ""),
        ("api-*.example.com", "globs", None, ""),
        ("*-api.example.com", "globs", None, ""),
        ("*.internal", "globs", None, ""),
        ("co.uk", "bare_domains", None, ""),
        ("example.co.uk", "subdomains", None, ""),
        ("*.github.io", "wildcards", None, ""),
        (f"{NAME}.example.com", "", None, ""),
        (f"{NAME}.example.com", "subdomains wildcards globs bare_domains", None, ""),
        (f"*.{NAME}.example.com", "globs", None, ""),
        (f"{GROUP}.com", "bare_domains", None, ""),
        ("a" * 61 + f"{NAME}.example.com", "", None, ""),
        # It never allows anything.
        ("example.com", "wildcards", "idle-entry", "needs the option bare_domains or subdomains"),
        ("example.com", "globs wildcards", "idle-entry", "needs the option bare_domains or subdomains"),
        ("*.example.com", "", "idle-entry", "needs the option globs or wildcards"),
        ("*.example.com", "bare_domains subdomains", "idle-entry", "needs the option globs or wildcards"),
        ("*", "", "idle-entry", "needs the option globs or wildcards"),
        ("*example.com", "wildcards", "idle-entry", "needs the option globs"),
        ("*.*.example.com", "wildcards", "idle-entry", "needs the option globs"),
        ("*.com", "wildcards", "idle-entry", "no CA issues for a wildcard over `com`"),
        ("*.co.uk", "wildcards", "idle-entry", "`co.uk` is a public suffix"),
        (f"{NAME}.example.com", "globs", "idle-entry", "needs the option bare_domains or subdomains"),
        (f"*.{NAME}.example.com", "subdomains", "idle-entry", "needs the option globs or wildcards"),
        # It cannot be understood.
        ("com", "", "unusable-entry", "a single label"),
        ("räk*.example.com", "globs", "unusable-entry", "cannot be matched in part"),
        ("192.0.2.1", "bare_domains", "unusable-entry", "an address"),
        (NAME, "", "unusable-entry", "a single label"),
        (f"{NAME}_a.example.com", "", "unusable-entry", "an underscore"),
        (f"-{NAME}.example.com", "", "unusable-entry", "hyphen"),
        (f"xn--{NAME}.example.com", "", "unusable-entry", "encoded text"),
        (f"{NAME}ä.example.com", "", "unusable-entry", "encoded text"),
        (
            "{{identity.groups.names.a.b}}.example.com",
            "",
            "unusable-entry",
            "the group `a.b` is no DNS label",
        ),
        # It is not sure what is meant.
        (
            "{{identity.entity.nmae}}.example.com",
            "",
            "invalid-template",
            "no variable `identity.entity.nmae`",
        ),
        ("{{identity.entity.name.example.com", "", "invalid-template", "braces that are not closed"),
        # It allows more than anyone can have meant.
        ("*", "globs", "broad-entry", "matches names of anyone"),
        ("**", "globs", "broad-entry", "matches names of anyone"),
        ("foo*", "globs", "broad-entry", "matches names of anyone"),
        ("foo.*", "globs", "broad-entry", "matches names of anyone"),
        ("*example.com", "globs", "broad-entry", "also matches `evilexample.com`"),
        ("*example.co.uk", "globs wildcards", "broad-entry", "also matches `evilexample.co.uk`"),
        ("*example.internal", "globs", "broad-entry", "also matches `evilexample.internal`"),
        ("*.com", "globs", "broad-entry", "`com` is a public suffix"),
        ("*.*.co.uk", "globs", "broad-entry", "`co.uk` is a public suffix"),
        ("api*.github.io", "globs", "broad-entry", "`github.io` is a public suffix"),
        ("co.uk", "subdomains", "broad-entry", "`co.uk` is a public suffix"),
        ("GitHub.io.", "bare_domains subdomains", "broad-entry", "is a public suffix"),
        ("公司.cn", "subdomains", "broad-entry", "is a public suffix"),
        (f"{NAME}.com", "", "broad-entry", "right before the public suffix `com`"),
        (f"a.{NAME}.co.uk", "subdomains", "broad-entry", "right before the public suffix `co.uk`"),
        (f"example.{NAME}", "", "broad-entry", "in the last label"),
        (f"{NAME}*.example.com", "globs", "broad-entry", "others' longer values"),
        (f"{NAME}-*.example.com", "globs", "broad-entry", "others' longer values"),
    ],
)
def test_problems_of_allowed_domains(entry: str, options: str, code: str | None, words: str) -> None:
    chosen = frozenset(DomainOption(each) for each in options.split())
    problem = allowed_domain_problem(entry, EntryRules(chosen))
    assert (problem.code if problem else None) == code
    if problem is not None:
        assert words in problem.message
        assert entry in problem.message
        expected = Severity.ERROR if code == "invalid-template" else Severity.WARNING
        assert problem.severity is expected


@pytest.mark.parametrize(
    ("entry", "options", "denied", "by"),
    [
        ("a.example.com", "", "a.example.com", "a.example.com"),
        ("a.example.com", "", "b.example.com, EXAMPLE.com.", "EXAMPLE.com."),
        ("a.example.com", "", "*.example.com", "*.example.com"),
        ("a.example.com", "", "b.a.example.com", None),
        ("a.example.com", "", "*.a.example.com", None),
        ("RÄK.example", "", "räk.example", "räk.example"),
        ("a.example.com", "bare_domains subdomains", "example.com", "example.com"),
        # What is left is the name itself, or some names below it.
        ("a.example.com", "bare_domains subdomains", "*.a.example.com", None),
        ("a.example.com", "subdomains", "*.a.example.com", "*.a.example.com"),
        ("a.example.com", "subdomains wildcards", "*.a.example.com", "*.a.example.com"),
        ("a.example.com", "subdomains", "b.a.example.com", None),
        ("*.example.com", "globs", "example.com", "example.com"),
        ("*.example.com", "globs wildcards", "*.example.com", "*.example.com"),
        ("*.example.com", "globs", "a.example.com", None),
        ("*.example.com", "globs wildcards", "a.example.com", None),
        ("*.a.example.com", "globs", "*.example.com", "*.example.com"),
        ("api-*.example.com", "globs", "api*.com", "api*.com"),
        ("api-*.example.com", "globs", "api-a*.example.com", None),
        # A wildcard is denied with any name that it stands for.
        ("*.example.com", "wildcards", "a.example.com", "a.example.com"),
        ("*.example.com", "wildcards", "a.b.example.com", None),
        (f"{NAME}.example.com", "", "*.example.com", "*.example.com"),
        (f"{NAME}.example.com", "", "abc.example.com, a.example.com", None),
        (f"{NAME}.example.com", "subdomains", "*.*.example.com", "*.*.example.com"),
        (f"*.{NAME}.example.com", "wildcards", "*.example.com", "*.example.com"),
        (f"*.{NAME}.example.com", "wildcards", "abc.example.com, a.example.com", None),
    ],
)
def test_an_entry_of_which_all_is_denied(entry: str, options: str, denied: str, by: str | None) -> None:
    chosen = frozenset(DomainOption(each) for each in options.split())
    problem = allowed_domain_problem(entry, entry_rules(chosen, denied.split(", "), tuple(ChallengeType)))
    if by is None:
        assert problem is None
    else:
        assert problem is not None
        assert problem.code == "idle-entry"
        assert f"`{by}` in `denied_domains` denies all of it" in problem.message


@pytest.mark.parametrize(
    ("entry", "options", "is_idle"),
    [
        ("*.example.com", "wildcards", True),
        (f"*.{NAME}.example.com", "wildcards", True),
        ("*.example.com", "globs wildcards", False),
        ("example.com", "subdomains wildcards", False),
    ],
)
def test_a_wildcard_without_its_challenge(entry: str, options: str, is_idle: bool) -> None:
    chosen = frozenset(DomainOption(each) for each in options.split())
    types = (ChallengeType.HTTP_01, ChallengeType.TLS_ALPN_01)
    problem = allowed_domain_problem(entry, entry_rules(chosen, (), types))
    assert (problem is not None and "DNS challenge" in problem.message) == is_idle
    assert allowed_domain_problem(entry, entry_rules(chosen, (), (*types, ChallengeType.DNS_01))) is None


@pytest.mark.parametrize(
    "entry",
    ["internal", "com", "Internal.", "internal.example.com", "*.example.com", "*", "räk", "foo.*", "a*"],
)
def test_what_can_be_denied(entry: str) -> None:
    assert denied_domain_problem(entry) is None
    assert parse_denied_entry(entry).value.isascii()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("", "an empty label"),
        (".", "an empty label"),
        ("a..b", "an empty label"),
        ("räk*.example.com", "cannot be matched in part"),
        ("a_b", "an underscore"),
        ("internal ", ""),
        ("123", "a number"),
        ("10.0.0.1", "an address"),
        ("10.0.0.0/8", ""),
        ("::1", ""),
        (f"{NAME}.example.com", "must not depend on who asks"),
        ("{{", "must not depend on who asks"),
    ],
)
def test_what_cannot_be_denied_is_an_error(entry: str, words: str) -> None:
    problem = denied_domain_problem(entry)
    assert problem is not None
    assert (problem.severity, problem.code) == (Severity.ERROR, "invalid-denied-domain")
    assert words in problem.message


@pytest.mark.parametrize(
    ("name", "icann", "either"),
    [
        ("com", True, True),
        ("co.uk", True, True),
        ("example.co.uk", False, False),
        ("github.io", False, True),
        ("a.kawasaki.jp", True, True),
        ("kawasaki.jp", True, True),
        ("city.kawasaki.jp", False, False),
        ("xn--55qx5d.cn", True, True),
        ("internal", False, False),
    ],
)
def test_public_suffixes(name: str, icann: bool, either: bool) -> None:
    assert (is_public_suffix(name), is_public_suffix(name, private=True)) == (icann, either)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("192.0.2.1", "192.0.2.1/32"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8:0:0::/32", "2001:db8::/32"),
        ("::1", "::1/128"),
        ("::/0", "::/0"),
    ],
)
def test_ranges(text: str, network: str) -> None:
    assert parse_ip_range(text) == ip_network(network)


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("10.0.0.1/8", "has bits set beyond its prefix", "is `10.0.0.0/8` meant?"),
        ("2001:db8::1/32", "has bits set beyond its prefix", "is `2001:db8::/32` meant?"),
        ("::ffff:10.0.0.0/104", "IPv4 in the form of IPv6", "write `10.0.0.0/8`"),
        ("::ffff:10.0.0.1", "IPv4 in the form of IPv6", "write `10.0.0.1/32`"),
        ("10.0.0.0/255.0.0.0", "no length of a prefix", None),
        ("10.0.0.0/0.0.0.255", "no length of a prefix", None),
        ("10.0.0.0/", "no length of a prefix", None),
        ("10.0.0.0/+8", "no length of a prefix", None),
        ("10.0.0.0/33", "no range", None),
        ("10.0.0.0/8/8", "no length of a prefix", None),
        ("fe80::%eth0/10", "a zone", None),
        ("10.0.0.0-10.0.0.9", "no range", None),
        ("010.0.0.0/8", "no range", None),
        (" 10.0.0.0/8", "no range", None),
        ("10.0.0.0 /8", "no range", None),
        ("10.0.0.0/\u0668", "no length of a prefix", None),
        ("example.com", "no range", None),
        ("", "no range", None),
    ],
)
def test_what_is_no_range(text: str, words: str, hint: str | None) -> None:
    with pytest.raises(InvalidEntryError) as caught:
        parse_ip_range(text)
    assert str(caught.value).startswith(f"`{text}`: ")
    assert words in str(caught.value)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("0.0.0.0/0", "`0.0.0.0/0` allows all addresses"),
        ("::/0", "`::/0` allows all addresses"),
        ("128.0.0.0/1", "`128.0.0.0/1` allows a great part of all addresses"),
        ("2000::/3", "`2000::/3` allows a great part of all addresses"),
        ("10.0.0.0/8", None),
        ("fc00::/7", None),
        ("192.0.2.1/32", None),
    ],
)
def test_problems_of_ranges(network: str, message: str | None) -> None:
    expected = EntryProblem(Severity.WARNING, "broad-entry", message) if message else None
    assert ip_range_problem(ip_network(network)) == expected


@pytest.mark.parametrize(
    ("entry", "hint"),
    [
        ("{{identity.entity.nmae}}", "did you mean `identity.entity.name`?"),
        ("{{identity.entity.Name}}", "did you mean `identity.entity.name`?"),
        ("{{identity.entity.ID}}", "did you mean `identity.entity.id`?"),
        ("{{identity.entity.metdata.team}}", "did you mean `identity.entity.metadata.team`?"),
        ("{{identity.group.names.ops}}", "did you mean `identity.groups.names.ops`?"),
        ("{{entity.name}}", "did you mean `identity.entity.name`?"),
        ("{{identity.entity.metadata.}}", "did you mean `identity.entity.metadata.KEY`?"),
        ("{{x}}", None),
        ("{{}}", None),
    ],
)
def test_unknown_variables(entry: str, hint: str | None) -> None:
    with pytest.raises(InvalidEntryError, match="there is no variable") as caught:
        parse_template(f"{entry}.example.com")
    assert caught.value.hint is not None
    if hint is None:
        assert "identity.entity.id, identity.entity.name, " in caught.value.hint
    else:
        assert caught.value.hint == hint


@pytest.mark.parametrize(
    "entry",
    [
        "{{",
        "}}",
        "{{identity.entity.name",
        "identity.entity.name}}.x",
        f"{NAME}.}}}}",
        f"{{{NAME}}}",
        pytest.param("{{" * 100_000, id="many"),
    ],
)
def test_braces_that_are_not_closed(entry: str) -> None:
    with pytest.raises(InvalidEntryError, match="braces that are not closed"):
        parse_template(entry)
