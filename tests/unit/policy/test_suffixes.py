from __future__ import annotations

import pytest

from reconciler.policy.suffixes import registrable_domain


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("example.com", "example.com"),
        ("_acme-challenge.www.example.com", "example.com"),
        ("_a._acme-challenge.a.b.example.co.uk", "example.co.uk"),
        ("_acme-challenge.co.uk", "co.uk"),
        ("a.b.ck", "a.b.ck"),
        ("www.ck", "www.ck"),
        ("a.user.github.io", "github.io"),
        ("a.b.example.test", "example.test"),
        ("www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
        ("localhost", "localhost"),
    ],
)
def test_the_registrable_domain(name: str, domain: str) -> None:
    assert registrable_domain(name) == domain
