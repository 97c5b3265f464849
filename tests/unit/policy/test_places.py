"""A denial of what a certificate asks for stands at the field that asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.policy import judge_alone
from reconciler.tree import load_tree
from tests.unit.tree.requests import csr, indented
from tests.unit.tree.trees import make_tree

if TYPE_CHECKING:
    from pathlib import Path

ROLE = "acme_account_name: le\nallowed_domains: [www.example.com]\n"


def denials(root: Path, role: str, certificate: str) -> list[str]:
    make_tree(root, {"roles/web.yaml": ROLE + role, "certificates/www.yaml": f"role: web\n{certificate}"})
    found = judge_alone(load_tree(root).certificates["www"])
    return [f"{each.location.line}:{each.location.column} {each.code}" for each in found]


@pytest.mark.parametrize(
    ("role", "certificate", "denial"),
    [
        ("allowed_profiles: [classic]\n", "profile: other\n", "3:10 profile-not-allowed"),
        ("allowed_key_types: [ec-256]\n", "key_type:   rsa-2048\n", "3:13 key-type-not-allowed"),
        ("csr_generate_key_type: rsa-2048\n", "key_type: ec-256\n", "3:11 key-type-not-allowed"),
    ],
)
def test_it_stands_at_its_field(tmp_path: Path, role: str, certificate: str, denial: str) -> None:
    asked = f"identifiers: [www.example.com]\n{certificate}"
    assert denials(tmp_path, role, asked) == [denial]


def test_a_csr_stands_for_its_key(tmp_path: Path) -> None:
    asked = f"csr: |\n{indented(csr('www.example.com'))}"
    found = denials(tmp_path, "allowed_key_types: [rsa-2048]\n", asked)
    assert found == ["2:6 key-type-not-allowed"]


def test_without_the_field_it_is_about_the_whole(tmp_path: Path) -> None:
    spec = load_tree(make_tree(tmp_path)).certificates["www"]
    assert spec.place_of("profile", "key_type") == spec.location
    assert (spec.place_of("role").line, spec.place_of("role").column) == (1, 7)
