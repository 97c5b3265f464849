"""Which variables a tree names as secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.secret_variables import secret_variables
from reconciler.tree import load_tree
from tests.unit.tree.trees import VALID, make_tree
from tools.git_remote import RECIPIENT

if TYPE_CHECKING:
    from pathlib import Path

_PROVIDERS = {
    "a": "type: rfc2136\nnameserver: 192.0.2.1\ntsig_key_name: k\ntsig_secret: {env: OF_TSIG}\n",
    "b": "type: aws-route53\naccess_key_id: k\nsecret_access_key: {env: OF_AWS}\n",
    "c": (
        "type: azure-dns\nsubscription_id: s\nresource_group_name: r\n"
        "client_id: c\ntenant_id: t\nclient_secret: {env: OF_AZURE}\n"
    ),
    "d": "type: google-cloud-dns\ncredentials: {env: OF_GOOGLE}\n",
    "e": "type: lexicon\nprovider: x\noptions: {user: somebody, token: {env: OF_LEXICON}, key: {file: x}}\n",
}


def test_every_kind_of_them(tmp_path: Path) -> None:
    account = "eab_kid: k\neab_key: {env: OF_BINDING}\n"
    files = {
        "accounts/le.yaml": VALID["accounts/le.yaml"] + account,
        "reconciler.yaml": f"encryption: {{recipients: [{RECIPIENT}], identity: {{env: OF_STATE}}}}\n",
        **{
            f"dns-providers/{name}.yaml": f"{text}identifiers: [{name}.test]\n"
            for name, text in _PROVIDERS.items()
        },
    }
    names = ("AWS", "AZURE", "BINDING", "GOOGLE", "LEXICON", "STATE", "TSIG")
    assert secret_variables(load_tree(make_tree(tmp_path, files))) == {f"OF_{each}" for each in names}
    assert secret_variables(load_tree(make_tree(tmp_path / "plain"))) == frozenset()
