"""Links that came with a pull request: nothing is written or read through them, nothing else is held up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.deliver.rules import Rules
from reconciler.errors import StateError
from tests.engine.checks import assert_settled

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.events import ActionFailed
    from tests.engine.rig import Rig

OUTPUT_LINKS = ["certs/www", "certs/www/privkey.pem", "certs/www/cert.pem", "certs/www/fullchain.pem"]


def plant(rig: Rig, link: str, target: Path) -> None:
    place = rig.folder / link
    if place.exists():
        place.rename(rig.folder / "moved-away")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


def failures(rig: Rig) -> dict[str, ActionFailed]:
    return {each.subject: each for each in rig.apply().failed}


@pytest.fixture
def target(rig: Rig) -> Path:
    rig.rules = Rules(top=rig.folder)
    rig.want("www", "www.example.com")
    rig.want("api", "api.example.com")
    target = rig.folder / "target"
    target.mkdir()
    return target


@pytest.mark.parametrize("link", OUTPUT_LINKS)
def test_what_cannot_be_delivered_is_not_ordered(rig: Rig, target: Path, link: str) -> None:
    plant(rig, link, target)
    [finding] = rig.plan().denied
    assert finding.code == "output-behind-link"
    assert f"{rig.folder}/{link} is a link, and is not followed" in finding.message
    result = rig.apply()
    assert [each.certificate for each in result.issued] == ["api"]
    assert not list(target.iterdir())
    (rig.folder / link).unlink()
    assert [each.certificate for each in rig.apply().issued] == ["www"]
    assert_settled(rig)


@pytest.mark.parametrize("link", OUTPUT_LINKS)
def test_a_link_that_appears_after_the_plan_costs_nothing_but_the_delivery(
    rig: Rig, target: Path, link: str
) -> None:
    def planted(name: str) -> None:
        if name == "finalize_order" and not (rig.folder / link).is_symlink():
            plant(rig, link, target)

    rig.server.after_request = planted
    failed = failures(rig)
    assert list(failed) == ["www"]
    assert failed["www"].problem.code == "delivery"
    assert f"{rig.folder}/{link} is a link, and is not followed" in failed["www"].problem.detail
    assert not list(target.iterdir())
    rig.server.after_request = lambda _name: None
    (rig.folder / link).unlink()
    assert [each.certificate for each in rig.apply().delivered] == ["www"]
    assert len(rig.server.issued) == 2
    assert_settled(rig)


def test_a_renewal_waits_until_the_link_is_gone_and_the_old_files_are_whole(rig: Rig, target: Path) -> None:
    rig.apply()
    before = rig.delivered("www")
    rig.clock.advance(days=61)
    (rig.output / "www").rename(target / "www")
    (rig.output / "www").symlink_to(target / "www")
    assert [each.certificate for each in rig.apply().issued] == ["api"]
    assert rig.delivered("www") == before
    (rig.output / "www").unlink()
    (target / "www").rename(rig.output / "www")
    assert [each.certificate for each in rig.apply().issued] == ["www"]
    assert_settled(rig)


@pytest.mark.parametrize("link", ["accounts", "accounts/ca", "orders", "certificates"])
def test_no_folder_of_the_state_is_a_link(rig: Rig, target: Path, link: str) -> None:
    plant(rig, f"state/{link}", target)
    try:
        said = " ".join(each.problem.detail for each in rig.apply().failed)
    except StateError as error:
        said = str(error)
    assert f"state/{link} is a link, and is not followed" in said
    assert not rig.server.issued
    assert not list(target.iterdir())


@pytest.mark.parametrize("link", ["archive", "archive/orders"])
def test_nothing_is_archived_through_a_link(rig: Rig, target: Path, link: str) -> None:
    rig.apply()
    rig.clock.advance(days=61)
    plant(rig, f"state/{link}", target)
    failed = failures(rig)
    assert failed.keys() == {"www", "api"}
    assert f"state/{link} is a link, and is not followed" in failed["www"].problem.detail
    assert not list(target.iterdir())
    (rig.folder / "state" / link).unlink()
    rig.apply()
    assert len(rig.server.issued) == 4
    assert_settled(rig)


@pytest.mark.parametrize("link", ["challenges", "challenges/ID"])
def test_instructions_are_not_written_through_a_link(rig: Rig, target: Path, link: str) -> None:
    rig.uses_webroot = False
    rig.apply()
    order = rig.store.orders()[rig.plan().actions[0].order.order_id]  # type: ignore[union-attr]
    plant(rig, f"state/{link.replace('ID', order.order_id)}", target)
    instructions = rig.folder / "state/challenges" / order.order_id
    with pytest.raises(StateError, match="is a link, and is not followed"):
        rig.store.remove_instructions(order.order_id)
    with pytest.raises(StateError, match="is a link, and is not followed"):
        rig.store.save_instructions(order.order_id, (), lambda _name, _text: (b"", b""))
    assert not list(target.iterdir())
    assert instructions.parent.exists()


def test_no_key_is_read_through_a_link(rig: Rig, target: Path) -> None:
    rig.apply()
    [key] = (rig.folder / "state/accounts/ca").glob("*.pem")
    key.rename(target / "key.pem")
    key.symlink_to(target / "key.pem")
    rig.specs["www"] = replace(rig.specs["www"], identifiers=rig.specs["api"].identifiers)
    failed = failures(rig)
    assert "key-0.pem is a link, and is not followed" in failed["ca"].problem.detail
    assert_delivered(rig)


def test_no_record_is_read_through_a_link(rig: Rig, target: Path) -> None:
    rig.apply()
    record = rig.folder / "state/certificates/www.yaml"
    record.rename(target / "www.yaml")
    record.symlink_to(target / "www.yaml")
    with pytest.raises(StateError, match=r"www\.yaml is a link, and is not followed"):
        rig.store.certificate("www")


def assert_delivered(rig: Rig) -> None:
    assert set(rig.delivered("www")) == set(rig.delivered("api")) != set()
