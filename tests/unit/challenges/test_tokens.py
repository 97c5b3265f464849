"""What comes from the CA is checked before it is used."""

from __future__ import annotations

import pytest

from reconciler.challenges.one_by_one import failures_of
from reconciler.challenges.tokens import check_instruction
from reconciler.errors import ChallengeError
from reconciler.model.role import ChallengeType
from tests.unit.challenges.instructions import hostile, instruction

HOSTILE = hostile(ChallengeType.DNS_01)


@pytest.mark.parametrize(
    "identifier", ["www.example.com", "xn--bcher-kva.example", "192.0.2.1", "2001:db8::1"]
)
@pytest.mark.parametrize("token", ["a", "-", "_", "x" * 256, "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"])
def test_what_is_as_it_should_be_passes(identifier: str, token: str) -> None:
    check_instruction(instruction(ChallengeType.HTTP_01, identifier, token=token))


def test_a_wildcard_is_for_dns_challenges() -> None:
    check_instruction(instruction(ChallengeType.DNS_01, "*.example.com"))
    for challenge_type in (ChallengeType.HTTP_01, ChallengeType.TLS_ALPN_01):
        with pytest.raises(ChallengeError, match="cannot be validated by"):
            check_instruction(instruction(challenge_type, "*.example.com"))


@pytest.mark.parametrize("name", HOSTILE)
def test_all_else_is_refused_in_a_line_that_shows_none_of_it(name: str) -> None:
    with pytest.raises(
        ChallengeError, match=name.partition(":")[0].replace("identifier", "a name")
    ) as caught:
        check_instruction(HOSTILE[name])
    message = str(caught.value)
    assert len(message) < 300
    assert message.isprintable()
    assert "touch" not in message
    assert "passwd" not in message


def test_one_that_fails_does_not_hold_the_others_up() -> None:
    done = []
    orders = [instruction(order=str(number)) for number in range(4)]

    def act(each: object) -> None:
        done.append(each)
        if each in (orders[1], orders[2]):
            raise ChallengeError(f"failure {len(done)}")

    assert {each: str(error) for each, error in failures_of(orders, act).items()} == {
        orders[1]: "failure 4",
        orders[2]: "failure 3",
    }
    assert done == [orders[0], orders[3], orders[2], orders[1]]


def test_where_three_that_are_far_apart_fail_the_others_are_not_tried() -> None:
    tried = []
    orders = [instruction(order=str(number)) for number in range(40)]

    def act(each: object) -> None:
        tried.append(each)
        raise ChallengeError("hangs")

    assert failures_of(orders, act).keys() == set(orders)
    assert tried == [orders[0], orders[39], orders[20]]
