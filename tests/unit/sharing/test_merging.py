"""Merging by resource: every case, and what holds for all of them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from reconciler.sharing.layout import CONFLICTS, Kind, Resource, resource_of
from reconciler.sharing.merging import Merged, merge

if TYPE_CHECKING:
    from collections.abc import Mapping

ID = "0197299e-0000-7000-8000-000000000001"
ORDER, KEY = f"state/orders/{ID}.yaml", f"state/orders/{ID}/privkey.pem.age"
ARCHIVED, ARCHIVED_KEY = f"state/archive/orders/{ID}.yaml", f"state/archive/orders/{ID}/privkey.pem.age"
WWW, ACCOUNT = "state/certificates/shop/www.yaml", "state/accounts/ca.yaml"
LOG, META = "state/events.jsonl", "state/meta.yaml"
KEPT = f"{CONFLICTS}run/"

State = dict[str, str]


class Objects:
    """Contents by their hashes."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    def of(self, state: Mapping[str, str]) -> State:
        found = {}
        for path, text in state.items():
            found[path] = hashlib.sha256(text.encode()).hexdigest()
            self._contents[found[path]] = text.encode()
        return found

    def read(self, name: str) -> bytes:
        return self._contents[name]

    def texts(self, merged: Merged) -> State:
        return {
            path: (merged.made.get(path) or self._contents[each]).decode()
            for path, each in merged.files.items()
        }


def merged(*states: State) -> tuple[State, Merged]:
    """Merge texts: bases, then ours, then theirs; a log is merged by putting ours after theirs."""
    objects = Objects()
    *bases, ours, theirs = (objects.of(each) for each in states)
    result = merge(bases, ours, theirs, "run", objects.read, lambda own, other: other + own)
    return objects.texts(result), result


def order(stage: str, more: str = "") -> str:
    return f"order_id: {ID}\ncertificate_name: shop/www\nstage: {stage}\n{more}"


def test_what_one_side_has_changed_is_taken_from_there() -> None:
    base = {ORDER: order("new"), WWW: "1", ACCOUNT: "1"}
    ours = {ORDER: order("submitted"), WWW: "1", ACCOUNT: "1", "state/accounts/b.yaml": "ours"}
    theirs = {ORDER: order("new"), WWW: "2", META: "theirs"}
    found, result = merged(base, ours, theirs)
    assert found == {
        ORDER: order("submitted"),
        WWW: "2",
        META: "theirs",
        "state/accounts/b.yaml": "ours",
    }
    assert not result.conflicts


def test_an_order_that_one_side_has_archived_is_not_in_two_places() -> None:
    base = {ORDER: order("completed"), KEY: "key"}
    archived = {ARCHIVED: order("completed"), ARCHIVED_KEY: "key"}
    assert merged(base, archived, base)[0] == archived
    assert merged(base, base, archived)[0] == archived


def test_of_an_order_that_both_have_moved_the_further_stays_and_the_other_is_kept() -> None:
    base = {ORDER: order("submitted"), KEY: "key"}
    ours, theirs = base | {ORDER: order("completed")}, base | {ORDER: order("processing_challenge")}
    found, result = merged(base, ours, theirs)
    assert found == ours | {KEPT + ORDER: order("processing_challenge")}
    [conflict] = result.conflicts
    assert (conflict.resource, conflict.ours_stays) == (Resource(Kind.ORDER, ID), True)
    assert conflict.kept == (KEPT + ORDER,)
    assert merged(base, theirs, ours)[0] == ours | {KEPT + ORDER: order("processing_challenge")}


def test_a_failure_is_further_than_what_is_under_way_and_not_than_a_certificate() -> None:
    base = {ORDER: order("submitted")}
    failed, waits = {ORDER: order("error")}, {ORDER: order("awaiting_challenge_fulfillment")}
    done = {ARCHIVED: order("completed")}
    assert merged(base, failed, waits)[0][ORDER] == order("error")
    assert merged(base, failed, done)[0][ARCHIVED] == order("completed")


def test_where_nothing_says_who_is_further_theirs_stays() -> None:
    base = {ORDER: order("submitted")}
    ours, theirs = {ORDER: order("submitted", "x: 1\n")}, {ORDER: order("submitted", "x: 2\n")}
    assert merged(base, ours, theirs)[0] == theirs | {KEPT + ORDER: ours[ORDER]}


def test_of_two_certificates_the_newer_stays() -> None:
    older, newer = "order_id: 0197-1\n", "order_id: 0197-2\n"
    assert merged({}, {WWW: newer}, {WWW: older})[0] == {WWW: newer, KEPT + WWW: older}
    assert merged({}, {WWW: older}, {WWW: newer})[0] == {WWW: newer, KEPT + WWW: older}


def test_that_a_certificate_was_revoked_is_not_forgotten() -> None:
    base = "order_id: 0197-1\n"
    ours, theirs = f"{base}revocation:\n  reason: superseded\n", f"{base}serial: 1\n"
    assert merged({WWW: base}, {WWW: ours}, {WWW: theirs})[0][WWW] == ours


def test_what_two_runs_have_heard_of_a_renewal_is_no_conflict() -> None:
    before = "name: shop/www\nrenewal_info:\n  selected_time: 1\nsuggested: true\n"
    ours, theirs = before.replace(": 1", ": 2"), before.replace(": 1", ": 3")
    found, result = merged({WWW: before}, {WWW: ours}, {WWW: theirs})
    assert found == {WWW: theirs}
    assert not result.conflicts


def test_who_has_only_heard_of_a_renewal_gives_way_to_who_has_renewed() -> None:
    before = "order_id: 0197-1\nrenewal_info:\n  selected_time: 1\n"
    heard, renewed = before.replace(": 1", ": 2"), "order_id: 0197-2\n"
    for ours, theirs in ((heard, renewed), (renewed, heard)):
        found, result = merged({WWW: before}, {WWW: ours}, {WWW: theirs})
        assert found == {WWW: renewed}
        assert not result.conflicts


def test_an_account_with_more_keys_or_registered_stays() -> None:
    base = "account_keys:\n- key_version: 0\n"
    rotated = f"{base}- key_version: 1\n"
    registered = f"{base}account_url: https://ca.test/1\n"
    assert merged({ACCOUNT: base}, {ACCOUNT: rotated}, {ACCOUNT: f"{base}x: 1\n"})[0][ACCOUNT] == rotated
    assert merged({ACCOUNT: base}, {ACCOUNT: rotated}, {ACCOUNT: registered})[0][ACCOUNT] == registered


def test_an_account_and_its_keys_are_taken_from_one_side() -> None:
    key = "state/accounts/ca/key-0.pem.age"
    ours, theirs = {ACCOUNT: "x: ours", key: "ours"}, {ACCOUNT: "x: theirs", key: "theirs"}
    found, _ = merged({}, ours, theirs)
    assert found == theirs | {KEPT + ACCOUNT: "x: ours", KEPT + key: "ours"}


def test_what_one_side_has_changed_and_the_other_removed_stays() -> None:
    assert merged({WWW: "1"}, {}, {WWW: "2"})[0] == {WWW: "2"}
    assert merged({WWW: "1"}, {WWW: "2"}, {})[0] == {WWW: "2"}


def test_logs_become_one() -> None:
    found, result = merged({LOG: "a"}, {LOG: "ab"}, {LOG: "ac"})
    assert found == {LOG: "acab"}
    assert not result.conflicts


def test_an_older_checkout_is_no_change_of_ours() -> None:
    """A pipeline that is run again checks out an old commit: its files must not undo newer ones."""
    old, synced = {WWW: "1", ORDER: order("submitted")}, {WWW: "2", ARCHIVED: order("completed")}
    theirs = synced | {ACCOUNT: "1"}
    assert merged(old, synced, old, theirs)[0] == theirs


def test_two_lineages_of_first_runs_become_theirs() -> None:
    found, result = merged({}, {META: "ours"}, {META: "theirs"})
    assert found == {META: "theirs"}
    assert not result.conflicts


def test_a_conflict_does_not_overwrite_an_earlier_one() -> None:
    base = {ORDER: order("submitted"), KEPT + ORDER: "earlier"}
    ours, theirs = base | {ORDER: order("submitted", "x: 1\n")}, base | {ORDER: order("submitted", "x: 2\n")}
    found, _ = merged(base, ours, theirs)
    assert found[KEPT + ORDER] == "earlier"
    assert found[f"{KEPT}{ORDER}.2"] == ours[ORDER]


_PATHS = (
    ORDER,
    KEY,
    ARCHIVED,
    ARCHIVED_KEY,
    WWW,
    ACCOUNT,
    "state/accounts/ca/key-0.pem.age",
    "state/archive/certificates/shop/www/1.yaml",
    f"state/cleanup/{ID}.yaml",
    META,
)
_TEXTS = st.sampled_from(
    [
        "stage: new\n",
        "stage: error\n",
        "stage: completed\n",
        "order_id: 1\n",
        "order_id: 2\n",
        "account_url: u\n",
    ]
)
_STATES = st.dictionaries(st.sampled_from(_PATHS), _TEXTS)


@given(_STATES, _STATES, _STATES)
def test_no_record_is_lost(base: State, ours: State, theirs: State) -> None:
    """Each file of either side is in the result, unless one side removed it and the other left it."""
    found, result = merged(base, ours, theirs)
    conflicts = {each.resource for each in result.conflicts}
    for side, other in ((ours, theirs), (theirs, ours)):
        for path, text in side.items():
            resource = resource_of(path)
            if _of(resource, side) == _of(resource, base):
                continue  # the other's change, or removal, counts
            if resource.kind in (Kind.META, Kind.CERTIFICATE) and resource not in conflicts:
                continue  # of no importance: another lineage of a first run, or the same certificate
            kept = [each for each in found if each == path or each.startswith(KEPT + path)]
            assert text in [found[each] for each in kept], (path, found, other)


@given(_STATES, _STATES)
def test_who_has_changed_nothing_takes_all(base: State, theirs: State) -> None:
    assert merged(base, base, theirs)[0] == theirs
    assert merged(base, theirs, base)[0] == theirs
    assert merged(base, theirs, theirs)[0] == theirs


@given(_STATES, _STATES, _STATES)
def test_merged_again_nothing_changes(base: State, ours: State, theirs: State) -> None:
    """What was merged and lost its race is merged with the next one's, and stays what it is."""
    first, _ = merged(base, ours, theirs)
    again, result = merged(theirs, first, theirs)
    assert again == first
    assert not result.conflicts


@given(_STATES, _STATES, _STATES)
def test_what_only_one_side_changes_comes_out_the_same_whoever_merges(
    base: State, ours: State, theirs: State
) -> None:
    one, result = merged(base, ours, theirs)
    other, _ = merged(base, theirs, ours)
    torn = {each.resource for each in result.conflicts} | {
        resource
        for resource in map(resource_of, {*ours, *theirs})
        if _of(resource, ours) != _of(resource, base) != _of(resource, theirs)
    }
    untouched = [path for path in {*one, *other} if resource_of(path) not in torn]
    assert {path: one.get(path) for path in untouched if not path.startswith(CONFLICTS)} == {
        path: other.get(path) for path in untouched if not path.startswith(CONFLICTS)
    }


def _of(resource: Resource, state: State) -> State:
    return {path: text for path, text in state.items() if resource_of(path) == resource}
