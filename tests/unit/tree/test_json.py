"""JSON files, those written for the seed system above all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.role import USUAL_TYPES, DomainOption
from reconciler.tree import load_tree
from reconciler.tree.coerce import Wanted, to_value
from reconciler.tree.compose import Composer
from reconciler.tree.json_reader import read_json
from reconciler.tree.source import Source
from tests.unit.tree.trees import found, make_tree

if TYPE_CHECKING:
    from pathlib import Path

# Word for word from the seed's documentation.
SEED_ROLE = (
    '{ "acme_account_name": "letsencrypt-prod", '
    '"allowed_domains": "example.com,www.example.com,api.example.com", '
    '"allowed_domain_options": "bare_domains" }'
)


def test_the_seeds_role_is_valid_unchanged(tmp_path: Path) -> None:
    account = "directory_url: https://acme-v02.api.letsencrypt.org/directory\n"
    make_tree(tmp_path, {"accounts/letsencrypt-prod.yaml": account, "roles/web-servers.json": SEED_ROLE})
    role = load_tree(tmp_path).roles["web-servers"]
    assert role.acme_account_name == "letsencrypt-prod"
    assert role.allowed_domains == ("example.com", "www.example.com", "api.example.com")
    assert role.allowed_domain_options == {DomainOption.BARE_DOMAINS}
    assert role.allowed_challenge_types == USUAL_TYPES


def test_json_that_is_no_yaml(tmp_path: Path) -> None:
    text = '{\t"acme_account_name"\t:\t"le",\n\t"allowed_domains":\t["\\ud835\\udc1a.example", "x\\/y"]\t}'
    make_tree(tmp_path, {"roles/web.yaml": "acme_account_name: le", "roles/tabs.json": text})
    with_warning = ["roles/tabs.json:2:46 unusable-entry"]
    assert found(tmp_path) == with_warning
    assert load_tree(tmp_path).roles["tabs"].allowed_domains == ("\U0001d41a.example", "x/y")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1 syntax"),
        ("{", "1:2 syntax"),
        ('{"role": "web",}', "1:16 syntax"),
        ('{"role": "web" "identifiers": []}', "1:16 syntax"),
        ('{"role"}', "1:8 syntax"),
        ('{"role": web}', "1:10 syntax"),
        ("{'role': 'web'}", "1:2 syntax"),
        ('{1: "web"}', "1:2 syntax"),
        ('{"role": "web"} x', "1:17 syntax"),
        ('{"role": "web"}{}', "1:16 syntax"),
        ('{"role": "we\nb"}', "1:10 syntax"),
        ('{"role": "\\x41"}', "1:10 syntax"),
        ('{"role": "\\ud800"}', "1:10 syntax"),
        ('{"role": 01}', "1:10 syntax"),
        ('{"role": [1,]}', "1:13 syntax"),
        ('{"role": ]}', "1:10 syntax"),
        ('{"role": [1}}', "1:12 syntax"),
        ('{"role": NaN}', "1:10 syntax"),
        ('{"role": "a\\u0000"}', "1:10 control-character"),
        ('{"role": "web", "role": "mail"}', "1:17 duplicate-key"),
        ('{"role": null}', "1:10 wrong-type"),
        ('{"role": 12}', "1:10 wrong-type"),
        ('{"role": true}', "1:10 wrong-type"),
        ('{"identifiers": ["a.example", 1e3]}', "1:31 wrong-type"),
        ('{\n  "role": "web",\n  "identifers": []\n}', "3:3 unknown-field"),
        ("[]", "1:1 wrong-type"),
        ('"role"', "1:1 wrong-type"),
        ("null", "1:1 wrong-type"),
        ('{"a": ' + "9" * 5000 + "}", "1:2 unknown-field"),
    ],
)
def test_what_is_wrong_in_json(tmp_path: Path, text: str, expected: str) -> None:
    make_tree(tmp_path, {"certificates/x.json": text})
    assert f"certificates/x.json:{expected}" in found(tmp_path)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner),
        max_leaves=20,
    ),
    st.booleans(),
    st.sampled_from([None, 1, "\t"]),
)
def test_what_python_writes_is_read_as_python_reads_it(
    value: object, ascii_only: bool, indent: int | str
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    source = Source("x.json", text)
    composer = Composer(source)
    read_json(source, composer)
    assert composer.root is not None
    assert to_value(composer.root, Wanted()) == value
