"""Explanations: the sentence, the entry that came nearest, and what to do."""

from __future__ import annotations

import pytest

from reconciler.model.evidence import Unproved
from reconciler.model.identifier import parse_identifier
from reconciler.policy import could_allow, explain
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
