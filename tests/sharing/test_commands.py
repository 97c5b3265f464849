"""Commands in a clone where another run's claims are known; saved plans and parts of the tree, shared."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler import pki
from reconciler.model.account import KeyType
from reconciler.model.claim import Claim, ClaimKind
from reconciler.model.order import Stage
from reconciler.sharing.run import clone_id
from reconciler.store.claims import claim_path, encode_claim
from tests.acceptance.trees import write_certificate
from tests.sharing.runs import NOW, certificate, order, place_of, store
from tests.unit import values

if TYPE_CHECKING:
    from tools.git_remote import Clone, Remote

RUN = "0197299e-0000-7000-8000-0000000000ff"
ORDER = order(1).order_id


def claim(
    clone: Clone, kind: ClaimKind, name: str, account: str | None = None, *, of: str = "x", minutes: int = 15
) -> None:
    """Let a claim be known in a clone."""
    now = dt.datetime.now(dt.UTC)
    until = now + dt.timedelta(minutes=minutes)
    told = Claim(
        kind, name, RUN, of, "reconciler apply", "ci@other", now, until, account, "https://ci.test/7"
    )
    path = clone.root / "state" / claim_path(kind, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_claim(told))


@pytest.fixture
def a(remote: Remote) -> Clone:
    """Return a clone with an order under way, one completed, and their account."""
    clone = remote.clone("a")
    with store(clone).lock("apply", NOW):
        store(clone).save_order(order(1))
        store(clone).save_order(replace(order(2, "api", Stage.COMPLETED), order_url="https://ca.test/2"))
        store(clone).save_account(values.account())
    return clone


COMMANDS = (
    ("order", "retry", ORDER),
    ("order", "cancel", ORDER),
    ("order", "fulfilled", ORDER),
    ("order", "revoke", ORDER),
    ("account", "rotate-key", "ca", "--force"),
    ("account", "deactivate", "ca", "--force"),
    ("account", "import", "ca", "--key-file", "key.pem"),
)


@pytest.mark.parametrize("arguments", COMMANDS)
def test_what_another_run_has_claimed_is_not_changed(a: Clone, arguments: tuple[str, ...]) -> None:
    claim(a, ClaimKind.CERTIFICATE, "www", "ca")
    if "import" in arguments:
        a.write("key.pem", pki.generate_key(KeyType.EC_256).decode())
    said = a.run(*arguments, code=7)
    assert "error: the certificate www is under way in another run of reconciler apply (ci@other" in said
    assert "https://ci.test/7) until 20" in said
    assert "state/claims/certificates/www.yaml" in said
    assert "remove that file" in said
    assert store(a).order(ORDER) == order(1)


@pytest.mark.parametrize(
    ("kind", "name", "account"),
    [(ClaimKind.ACCOUNT, "ca", None), (ClaimKind.KEYS, "state", None)],
)
def test_nor_what_hangs_on_it(a: Clone, kind: ClaimKind, name: str, account: str | None) -> None:
    claim(a, kind, name, account)
    assert f"the {kind} {name} is under way in another run" in a.run("order", "retry", ORDER, code=7)
    assert f"the {kind} {name} is under way" in a.run("account", "rotate-key", "ca", "--force", code=7)


@pytest.mark.parametrize("which", ["other", "ended", "own"])
def test_other_claims_are_in_nobodys_way(a: Clone, which: str) -> None:
    match which:
        case "other":
            claim(a, ClaimKind.CERTIFICATE, "api", "another")
        case "ended":
            claim(a, ClaimKind.CERTIFICATE, "www", minutes=-1)
        case _:
            # Of a run in this clone, which must be dead: the state's lock is ours.
            claim(a, ClaimKind.CERTIFICATE, "www", of=clone_id(place_of(a).git))
    assert "goes on with it" in a.run("order", "retry", ORDER)


def forgettable(clone: Clone, *names: str) -> None:
    """Leave nothing to do but to forget certificates that the tree no longer asks for."""
    with store(clone).lock("apply", NOW):
        for number, name in enumerate(names, 10):
            made = replace(order(number, name, Stage.COMPLETED), order_url=f"https://ca.test/{number}")
            store(clone).save_order(made)
            store(clone).save_certificate(certificate(number, name))
        store(clone).save_account(values.account())
        write_certificate(clone.root)
    clone.push("what an earlier run has shared")


def test_a_part_of_the_tree_is_claimed_and_done_alone(remote: Remote) -> None:
    one, other = remote.clone("one"), remote.clone("other")
    forgettable(one, "old", "older")
    other.git("pull", "--quiet")
    assert "(2 pushes)" in one.apply("--select", "old")
    assert "claims 1 certificate" in one.git("log", "-1", "--skip=1", "--format=%s", "origin/main")
    assert store(one).certificates().keys() == {"older", "www"}
    assert "(2 pushes)" in other.apply("--select", "older")
    assert store(other).certificates().keys() == {"www"}
    assert not any("/claims/" in path for path in one.public_files())


def test_a_saved_plan_is_claimed_and_done(remote: Remote) -> None:
    one, other = remote.clone("one"), remote.clone("other")
    forgettable(one, "old", "older")
    other.git("pull", "--quiet")
    one.run("plan", "--out", "../plan.json", "--select", "old")
    # What others do meanwhile is no concern of it, unless it is the same.
    other.apply("--select", "older")
    said = one.apply("../plan.json", code=0)
    assert "(2 pushes)" in said
    assert store(one).certificates().keys() == {"www"}
    assert "reconciler: 1 certificate forgotten" in remote.log()[0]
    other.git("pull", "--quiet")
    assert store(other).certificates().keys() == {"www"}


def test_a_saved_plan_of_what_another_run_works_on_is_stale(remote: Remote) -> None:
    one = remote.clone("one")
    forgettable(one, "old")
    one.run("plan", "--out", "../plan.json")
    claim(one, ClaimKind.CERTIFICATE, "old")
    one.push("another run's claim")
    before = remote.log()
    said = one.apply("../plan.json", code=6)
    assert "stale: forget certificate old: it is held back now" in said
    assert remote.log() == before
    assert store(one).certificates().keys() == {"old", "www"}


def test_without_sharing_what_is_claimed_waits_as_well(remote: Remote) -> None:
    one = remote.clone("one")
    forgettable(one, "old", "older")
    claim(one, ClaimKind.CERTIFICATE, "old")
    said = one.run("apply", "--detailed-exitcode", code=3)
    assert "! held back: forgetting certificate old until 20" in said
    assert "under way in another run of apply (ci@other, https://ci.test/7)" in said
    assert "1 held back" in said
    assert store(one).certificates().keys() == {"old", "www"}
