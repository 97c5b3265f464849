"""A part of a plan: exactly what is chosen, and what that needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.model.account import AccountKey, KeyType
from reconciler.model.desired import Desired
from reconciler.model.encryption import Encryption, KeyEncryption
from reconciler.model.finding import Finding
from reconciler.model.instruction import Leftovers
from reconciler.model.observed import FileChanges, Observed
from reconciler.model.order import Stage
from reconciler.model.revocation import RevocationReason
from reconciler.model.selection import EVERYTHING, Selection
from reconciler.model.settings import Settings
from reconciler.plan.choosing import Unmatched, unmatched
from reconciler.plan.diff import make_plan
from reconciler.plan.refusals import joined, refusals
from reconciler.plan.selecting import select
from tests.unit.made import made
from tests.unit.values import DAY, HERE, NOW, account, account_spec, certificate, order, role, spec

if TYPE_CHECKING:
    from reconciler.plan.actions import Plan

OLD = 89 * DAY
KEY = AccountKey(1, KeyType.EC_256, NOW, "other")
DENIED = {"shop/denied": (Finding("denied", "no", HERE),), "www": (Finding("denied", "neither", HERE),)}


def in_turn(each: Plan) -> list[tuple[str, str]]:
    return [(action.kind, action.subject) for action in each.actions]


def desired() -> Desired:
    """Two roles with an account each, and an account that nothing needs."""
    other = role("mail", "other")
    specs = [
        spec("www"),
        spec("shop/new"),
        spec("shop/due"),
        spec("shop/as-it-is"),
        spec("shop/denied"),
        spec("shop/held"),
        spec("shop/files"),
        spec("mail/new", of=other),
        replace(spec("mail/revoked", of=other), revoke=RevocationReason.SUPERSEDED),
    ]
    return Desired(
        accounts={each: account_spec(each) for each in ("ca", "other")},
        roles={"web": role(), "mail": other},
        certificates={each.name: each for each in specs},
    )


def observed() -> Observed:
    names = ["shop/as-it-is", "shop/files", "gone/web"]
    certificates = {each: certificate(each) for each in names}
    certificates["shop/due"] = certificate("shop/due", age=OLD)
    certificates["mail/revoked"] = replace(
        certificate("mail/revoked"), role_name="mail", account_name="other"
    )
    certificates["gone/mail"] = replace(certificate("gone/mail"), role_name="mail", account_name="other")
    failed = replace(order("shop/held", stage=Stage.ERROR), next_work_date=NOW + DAY, last_update=NOW)
    old = replace(account("old"), account_url="https://ca.test/account/2")
    return Observed(
        accounts={"old": old, "ca": replace(account(), account_keys=(account().active_key, KEY))},
        certificates=certificates,
        orders={"shop/held": failed},
        file_changes={"shop/files": FileChanges(missing=("cert.pem",))},
        leftovers={"1": Leftovers("1", "shop/as-it-is", ()), "2": Leftovers("2", "mail/lost", ())},
    )


def part(
    selection: Selection, wanted: Desired | None = None, known: Observed | None = None
) -> tuple[Plan, Plan]:
    """Return a plan, and the part of it that is chosen."""
    wanted, known = wanted or desired(), known or observed()
    whole = make_plan(wanted, known, NOW, DENIED)
    denials = joined(DENIED, refusals(wanted, known, NOW, ()))
    return whole, select(whole, selection, wanted, known, denials)


def test_everything_is_there_when_nothing_is_chosen() -> None:
    whole, chosen = part(EVERYTHING)
    assert chosen == whole
    assert len(whole.actions) == 11
    # Every name, and every account.
    _, chosen = part(Selection(select=("**",), accounts=("ca", "other", "old")))
    assert set(in_turn(whole)) - set(in_turn(chosen)) == {("clean_up", "mail/lost")}


@pytest.mark.parametrize(
    ("selection", "actions", "unchanged", "held_back", "denied"),
    [
        (
            Selection(select=("shop/*",)),
            [
                ("deliver_certificate", "shop/files"),
                ("create_order", "shop/due"),
                ("create_order", "shop/new"),
                ("clean_up", "shop/as-it-is"),
            ],
            1,
            ["shop/held"],
            ["shop/denied"],
        ),
        (Selection(select=("shop/new", "www")), [("create_order", "shop/new")], 0, [], ["www"]),
        (
            Selection(select=("shop/*",), exclude=("shop/d*", "shop/held", "nowhere/*")),
            [
                ("deliver_certificate", "shop/files"),
                ("create_order", "shop/new"),
                ("clean_up", "shop/as-it-is"),
            ],
            1,
            [],
            [],
        ),
        (
            Selection(roles=("mail",)),
            [
                ("register_account", "other"),
                ("create_order", "mail/new"),
                ("revoke_certificate", "mail/revoked"),
                ("forget_certificate", "gone/mail"),
            ],
            0,
            [],
            [],
        ),
        (Selection(select=("gone/*",), roles=("web",)), [("forget_certificate", "gone/web")], 0, [], []),
        (Selection(select=("mail/revoked",)), [("revoke_certificate", "mail/revoked")], 0, [], []),
        (Selection(select=("mail/lost",)), [("clean_up", "mail/lost")], 0, [], []),
        (Selection(select=("mail/lost",), accounts=("other",)), [], 0, [], []),
        (Selection(accounts=("old",)), [("deactivate_account", "old")], 0, [], []),
    ],
)
def test_what_is_chosen(
    selection: Selection,
    actions: list[tuple[str, str]],
    unchanged: int,
    held_back: list[str],
    denied: list[str],
) -> None:
    _, chosen = part(selection)
    assert sorted(in_turn(chosen)) == sorted(actions)
    assert chosen.unchanged == unchanged
    assert [each.subject for each in chosen.held_back] == held_back
    assert list(chosen.denied_certificates) == denied
    assert chosen.denied == tuple(finding for name in denied for finding in DENIED[name])
    assert chosen.selection == selection


# Accounts


def with_account(**changes: object) -> Observed:
    known = replace(account(), **changes)
    return replace(observed(), accounts={"ca": known})


def test_an_account_is_changed_only_if_it_is_chosen_itself() -> None:
    known = with_account(email_contacts=("before@example.com",))
    assert ("update_account", "ca") not in in_turn(part(Selection(select=("shop/*",)), known=known)[1])
    assert ("update_account", "ca") in in_turn(part(Selection(accounts=("ca",)), known=known)[1])


def test_a_key_is_changed_only_if_its_account_is_chosen_itself() -> None:
    wanted = replace(desired(), accounts={"ca": replace(account_spec(), key_max_age=DAY)})
    long_ago = replace(account().active_key, key_creation_date=NOW - 2 * DAY)
    known = with_account(account_keys=(long_ago,))
    assert ("rotate_key", "ca") in in_turn(part(EVERYTHING, wanted, known)[0])
    assert ("rotate_key", "ca") not in in_turn(part(Selection(select=("shop/*",)), wanted, known)[1])
    assert ("rotate_key", "ca") in in_turn(part(Selection(accounts=("ca",)), wanted, known)[1])

    busy = replace(known, orders={"www": order()})
    whole, chosen = part(Selection(select=("shop/*",)), wanted, busy)
    assert ([each.subject for each in whole.held_keys], chosen.held_keys) == (["ca"], ())
    # An order that is left out holds the key back all the same.
    _, chosen = part(Selection(accounts=("ca",), exclude=("www",)), wanted, busy)
    assert [each.subject for each in chosen.held_keys] == ["ca"]
    assert ("rotate_key", "ca") not in in_turn(chosen)


def test_a_change_of_a_key_that_was_begun_is_ended_before_the_account_is_used() -> None:
    known = with_account(account_keys=(account().active_key, KEY), pending_key_version=1)
    assert in_turn(part(Selection(select=("shop/new",)), known=known)[1]) == [
        ("rotate_key", "ca"),
        ("create_order", "shop/new"),
    ]
    assert in_turn(part(Selection(select=("shop/files",)), known=known)[1]) == [
        ("deliver_certificate", "shop/files")
    ]


@pytest.mark.parametrize("busy", ["order", "revocation"])
def test_an_account_does_not_go_before_what_needs_it(busy: str) -> None:
    old = replace(account("old"), account_url="https://ca.test/account/2")
    known = replace(observed(), accounts={"old": old, "ca": account()})
    if busy == "order":
        known = replace(known, orders={"gone": replace(order("gone"), account_name="old")})
    else:
        revoked = replace(known.certificates["mail/revoked"], account_name="old")
        known = replace(known, certificates={**known.certificates, "mail/revoked": revoked})
    goes = ("deactivate_account", "old")
    assert goes in in_turn(part(EVERYTHING, known=known)[0])
    assert goes not in in_turn(part(Selection(accounts=("old",), exclude=("**",)), known=known)[1])
    if busy == "order":
        assert goes in in_turn(part(Selection(accounts=("old",)), known=known)[1])


# Refusals


def test_a_role_in_use_is_said_of_the_chosen_only() -> None:
    orders = {each: replace(order(each), role_name="gone") for each in ("a", "b/c")}
    known = replace(observed(), orders=orders)
    _, chosen = part(Selection(select=("b/*",)), known=known)
    assert chosen.denied_certificates == ("b/c",)
    assert [each.code for each in chosen.denied] == ["role-in-use"]
    assert part(Selection(roles=("gone",)), known=known)[1].denied_certificates == ("a", "b/c")
    assert part(Selection(roles=("mail",)), known=known)[1].denied == ()


# Nothing matches


def test_the_keys_in_the_state_are_left_to_a_run_about_everything() -> None:
    wanted = replace(desired(), settings=Settings(encryption=Encryption(("age1",))))
    known = replace(observed(), keys=KeyEncryption(clear=1))
    whole, chosen = part(Selection(select=("**",), accounts=("ca", "other", "old")), wanted, known)
    assert [each for each in in_turn(whole) if each not in in_turn(chosen)] == [
        ("reencrypt_keys", "private keys"),
        ("clean_up", "mail/lost"),
    ]


def test_what_there_is_not() -> None:
    selection = Selection(("shop/*", "shop/nothing"), ("nowhere",), ("web", "wep"), ("old", "ca", "acme"))
    found = list(unmatched(selection, desired(), observed()))
    names = (
        "gone/mail",
        "gone/web",
        "mail/lost",
        "mail/new",
        "mail/revoked",
        *("shop/as-it-is", "shop/denied", "shop/due", "shop/files", "shop/held", "shop/new"),
        "www",
    )
    assert found == [
        Unmatched("select", "shop/nothing", names),
        Unmatched("roles", "wep", ("mail", "web")),
        Unmatched("accounts", "acme", ("ca", "old", "other")),
    ]


# Every part of a plan

patterns = st.lists(
    st.sampled_from(["shop/*", "**", "mail/**", "*", "gone/*", "shop/d*", "x"]), max_size=2
).map(tuple)


@given(
    made(
        Selection,
        select=patterns,
        exclude=patterns,
        roles=st.sampled_from([(), ("web",), ("mail",), ("web", "mail")]),
        accounts=st.sampled_from([(), ("ca",), ("old",), ("ca", "other", "old")]),
    )
)
def test_a_part_has_what_the_whole_has_in_its_order(selection: Selection) -> None:
    whole, chosen = part(selection)
    rest = iter(whole.actions)
    assert all(each in rest for each in chosen.actions)
    assert [each for each in whole.held_back if each in chosen.held_back] == list(chosen.held_back)
    assert [each for each in whole.denied if each in chosen.denied] == list(chosen.denied)
    of_tree = {each.subject for each in chosen.actions if each.subject in desired().certificates}
    names = {each.subject for each in chosen.held_back} | set(chosen.denied_certificates)
    assert len(of_tree | names) + chosen.unchanged <= len(desired().certificates) + 1
    # Each order has its account.
    registered = {each.subject for each in chosen.actions if each.kind == "register_account"}
    orders = [each for each in chosen.actions if each.kind == "create_order"]
    assert {each.account_name for each in orders} - {"ca"} == registered  # type: ignore[union-attr]
