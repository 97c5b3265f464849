"""`output_permissions` in the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.model.permissions import OutputPermissions
from reconciler.tree import load_tree
from tests.unit.tree.trees import findings_of, found, make_tree

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", OutputPermissions()),
        ("output_permissions: {group: ssl-cert}", OutputPermissions(group="ssl-cert")),
        ("output_permissions: {owner: 0, group: '1000'}", OutputPermissions(owner="0", group="1000")),
        (
            'output_permissions: {private_key_mode: "0640", certificate_mode: "0644", folder_mode: "0750"}',
            OutputPermissions(private_key_mode=0o640, certificate_mode=0o644, folder_mode=0o750),
        ),
        # Text stays text here: no YAML makes 416 of it.
        ("output_permissions: {private_key_mode: 0640}", OutputPermissions(private_key_mode=0o640)),
        ("output_permissions: {private_key_mode: 440}", OutputPermissions(private_key_mode=0o440)),
    ],
)
def test_permissions(tmp_path: Path, text: str, expected: OutputPermissions) -> None:
    tree = make_tree(tmp_path, {"reconciler.yaml": text})
    assert load_tree(tree).settings.output_permissions == expected


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        # A private key is never for others to read or write, and never for the group to write.
        ("private_key_mode", '"0644"', "others have no rights and the group can read at most"),
        ("private_key_mode", '"0602"', "others have no rights"),
        ("private_key_mode", '"0601"', "others have no rights"),
        ("private_key_mode", '"0660"', "the group can read at most"),
        ("private_key_mode", '"0200"', "an octal mode is wanted"),
        ("private_key_mode", '"4600"', "an octal mode is wanted"),
        ("private_key_mode", "416", "an octal mode is wanted"),
        ("private_key_mode", "0o640", "an octal mode is wanted"),
        ("private_key_mode", "u=rw,g=r", "an octal mode is wanted"),
        ("certificate_mode", '"0666"', "nobody else can write"),
        ("certificate_mode", '"0664"', "nobody else can write"),
        ("folder_mode", '"0770"', "nobody else can write"),
        ("folder_mode", '"0600"', "the owner can do all"),
        ("folder_mode", '"1777"', "an octal mode is wanted"),
        ("owner", '""', "the name of a user, or its number, is wanted"),
        ("owner", '"-1"', "the name of a user, or its number, is wanted"),
        ("group", '"a b"', "the name of a group, or its number, is wanted"),
        ("group", '"a:b"', "the name of a group, or its number, is wanted"),
    ],
)
def test_what_is_refused(tmp_path: Path, field: str, value: str, said: str) -> None:
    tree = make_tree(tmp_path, {"reconciler.yaml": f"output_permissions:\n  {field}: {value}\n"})
    [finding] = findings_of(tree)
    assert said in finding.message
    assert (finding.location.line, f"`output_permissions.{field}`" in finding.message) == (2, True)


def test_a_number_in_json_is_no_mode(tmp_path: Path) -> None:
    tree = make_tree(tmp_path)
    settings = (tree / "reconciler.yaml").rename(tree / "reconciler.json")
    settings.write_text('{"output_permissions": {"private_key_mode": 416}}')
    [finding] = findings_of(tree)
    assert "text" in finding.message
    settings.write_text('{"output_permissions": {"private_key_mode": "0640", "other": 1}}')
    assert found(tree) == ["reconciler.json:1:53 unknown-field"]
