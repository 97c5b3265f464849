"""Small trees, and states as an earlier run would have left them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.deliver.certificates import deliver, digests
from reconciler.model.certificate import CERTIFICATE_FILES
from reconciler.model.order import Stage, Status
from reconciler.model.role import ChallengeType
from reconciler.store import Store
from tests.unit import values

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.order import Order

FILES = {
    "reconciler.yaml": "{}\n",
    "accounts/ca.yaml": "directory_url: https://ca.test/directory\nterms_of_service_agreed: true\n",
    "roles/web.yaml": (
        "acme_account_name: ca\n"
        "allowed_domains: [www.example.com, api.example.com]\n"
        "allowed_domain_options: [bare_domains]\n"
    ),
    "certificates/www.yaml": "role: web\nidentifiers: [www.example.com]\n",
}


def write_tree(folder: Path, **changes: str | None) -> Path:
    """Write a valid tree of one certificate; `changes` by path, None leaves a file out."""
    for name, content in {**FILES, **changes}.items():
        if content is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    return folder


def write_account(folder: Path) -> None:
    """Leave the account of the tree as registered."""
    Store(folder / "state").save_account(values.account())


def write_certificate(folder: Path, name: str = "www", *, expired: bool = False) -> None:
    """Leave a certificate as issued and delivered."""
    now = dt.datetime.now(dt.UTC)
    contents = {file: file.encode() for file in CERTIFICATE_FILES}
    deliver(folder / "certs" / name, contents)
    certificate = replace(
        values.certificate(name),
        not_before=now - dt.timedelta(days=100 if expired else 1),
        not_after=now + dt.timedelta(days=-10 if expired else 89),
        files=digests(contents),
    )
    Store(folder / "state").save_certificate(certificate)


def write_waiting_order(folder: Path, name: str = "www") -> Order:
    """Leave an order that waits for people."""
    authorization = replace(values.authorization(chosen=ChallengeType.HTTP_01), by_hand=True)
    order = replace(
        values.order(name, stage=Stage.AWAITING_CHALLENGE_FULFILLMENT),
        status=Status.PENDING,
        authorizations=(authorization,),
    )
    Store(folder / "state").save_order(order)
    return order
