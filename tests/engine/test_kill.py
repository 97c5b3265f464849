"""The engine killed at every point at which something has just happened outside of it, and started again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconciler import files
from reconciler.engine.fulfilled import mark_fulfilled
from reconciler.engine.options import ApplyOptions
from reconciler.model.order import Stage
from tests.engine.checks import assert_settled
from tests.engine.rig import Rig
from tests.unit.pki.csrs import csr

if TYPE_CHECKING:
    from collections.abc import Callable

ONE_AT_A_TIME = ApplyOptions(parallelism=1)


class Killed(BaseException):
    """Not an Exception: nothing in the program may survive it."""


class Killer:
    """Counts the points at which the process can die, and kills it at the chosen one."""

    def __init__(self, at: int) -> None:
        self.left = at
        self.where = ""

    def point(self, where: str) -> None:
        self.left -= 1
        if self.left == 0:
            self.where = where
            raise Killed(where)

    @property
    def struck(self) -> bool:
        return self.left <= 0


def around(killer: Killer, function: Callable[..., Any], name: str) -> Callable[..., Any]:
    def wrapped(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        killer.point(f"before {name} {arguments[0]}")
        result = function(*arguments, **options)
        killer.point(f"after {name} {arguments[0]}")
        return result

    return wrapped


def arm(rig: Rig, killer: Killer, patch: pytest.MonkeyPatch) -> None:
    for name in ("write_files", "move", "make_folder", "remove_file"):
        patch.setattr(files, name, around(killer, getattr(files, name), name))
    patch.setattr(Path, "replace", around(killer, Path.replace, "rename"))
    # The request was served, the answer is lost with the process.
    rig.server.after_request = lambda name: killer.point(f"sent {name}")
    rig.dns.after_change = lambda: killer.point("changed a zone")


def apply_until_settled(rig: Rig) -> None:
    for _ in range(4):
        rig.apply(ONE_AT_A_TIME)
        for order in rig.store.orders().values():
            if order.stage is Stage.AWAITING_CHALLENGE_FULFILLMENT:
                rig.store.save_order(mark_fulfilled(order, rig.clock.now()))
        if not rig.plan().has_changes:
            return
    pytest.fail("not settled after four runs")


def killed_everywhere(
    folder: Path, prepare: Callable[[Rig], None], check: Callable[[Rig], None], **options: bool
) -> int:
    """Kill at point 1, 2, 3 ... of the same run until a run ends unharmed; return how many there were."""
    for at in range(1, 400):
        (folder / str(at)).mkdir()
        rig = Rig(folder / str(at), **options)
        prepare(rig)
        killer = Killer(at)
        with pytest.MonkeyPatch.context() as patch:
            arm(rig, killer, patch)
            try:
                apply_until_settled(rig)
            except Killed:
                pass
            else:
                assert not killer.struck, f"the engine survived being killed {killer.where}"
                return at - 1
        rig.server.after_request = lambda _name: None
        rig.dns.after_change = lambda: None
        apply_until_settled(rig)
        try:
            check(rig)
        except AssertionError as error:
            raise AssertionError(f"killed {killer.where}") from error
    raise AssertionError("the run has no end")


def one_of_each(rig: Rig) -> None:
    assert_settled(rig)
    assert len(rig.server.accounts) == 1
    assert len(rig.server.orders) == 1
    assert len(rig.server.completed()) == 1
    assert len(rig.server.issued) == 1
    assert len(rig.store.orders()) == 1


def renewal(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    rig.clock.advance(days=61)


def other_names(rig: Rig) -> None:
    rig.uses_webroot = False
    rig.want("www", "old.example.com")
    rig.apply()
    rig.uses_webroot = True
    rig.want("www", "www.example.com")


def own_csr(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    rig.want_csr("www", csr("www.example.com"))


def test_a_first_certificate(tmp_path: Path) -> None:
    points = killed_everywhere(tmp_path, lambda rig: rig.want("www", "www.example.com"), one_of_each)
    assert points > 40


def test_a_certificate_by_hand(tmp_path: Path) -> None:
    def prepare(rig: Rig) -> None:
        rig.want("www", "www.example.com", "*.example.com")

    assert killed_everywhere(tmp_path, prepare, one_of_each, webroot=False) > 40


def test_a_ca_that_makes_a_new_order_each_time_completes_only_one(tmp_path: Path) -> None:
    def prepare(rig: Rig) -> None:
        rig.server.reuse_pending_orders = False
        rig.want("www", "www.example.com")

    def check(rig: Rig) -> None:
        assert_settled(rig)
        assert len(rig.server.completed()) == 1
        assert len(rig.server.issued) == 1
        assert len(rig.server.orders) <= 2

    assert killed_everywhere(tmp_path, prepare, check) > 40


def test_a_renewal(tmp_path: Path) -> None:
    def check(rig: Rig) -> None:
        assert_settled(rig)
        assert len(rig.server.issued) == 2
        assert len(rig.store.orders()) == 1
        assert len(rig.store.archived_orders()) == 1

    assert killed_everywhere(tmp_path, renewal, check) > 30


def test_a_requesters_own_csr(tmp_path: Path) -> None:
    request = csr("www.example.com", "api.example.com")

    def check(rig: Rig) -> None:
        one_of_each(rig)
        [order] = rig.store.orders().values()
        assert rig.store.order_csr(order.order_id) == request
        assert not [*rig.folder.glob("state/orders/*/privkey.pem")]

    def prepare(rig: Rig) -> None:
        rig.want_csr("www", request)

    assert killed_everywhere(tmp_path, prepare, check) > 40


def test_a_csr_in_the_place_of_a_key_made_here(tmp_path: Path) -> None:
    def check(rig: Rig) -> None:
        assert_settled(rig)
        assert len(rig.server.issued) == 2
        assert len(rig.store.orders()) == 1
        assert len(rig.store.archived_orders()) == 1

    assert killed_everywhere(tmp_path, own_csr, check) > 30


def test_an_order_for_other_names(tmp_path: Path) -> None:
    def check(rig: Rig) -> None:
        assert_settled(rig)
        assert len(rig.server.issued) == 1
        assert rig.store.certificates()["www"].identifiers == rig.specs["www"].identifiers

    assert killed_everywhere(tmp_path, other_names, check) > 30
