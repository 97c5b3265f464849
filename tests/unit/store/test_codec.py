"""Whatever an order is, its record says it, and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.account import KeyType
from reconciler.model.identifier import Identifier
from reconciler.model.order import Authorization, Challenge, Order, Stage, Status
from reconciler.model.problem import Problem
from reconciler.model.role import ChallengeType
from reconciler.store.order_codec import decode_order, encode_order
from reconciler.store.records import read_record, write_record

if TYPE_CHECKING:
    from pathlib import Path

EARLIEST, LATEST = dt.datetime(1970, 1, 2), dt.datetime(9000, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
times = st.datetimes(EARLIEST, LATEST, timezones=st.just(dt.UTC))
texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\ufffe\uffff"), min_size=1
)
names = st.sampled_from(["www.example.com", "*.example.com", "xn--rksmrgs-5wao1o.se"]).map(
    lambda v: Identifier("dns", v)
)
addresses = st.ip_addresses().map(lambda address: Identifier("ip", str(address)))
identifiers = names | addresses
problems = st.builds(
    Problem,
    type=texts,
    detail=texts | st.just(""),
    status=st.none() | st.integers(400, 599),
    identifier=st.none() | texts,
    subproblems=st.tuples() | st.tuples(st.builds(Problem, type=texts, detail=texts)),
)
order_ids = st.uuids().map(str)
challenges = st.builds(
    Challenge, type=texts, url=texts, status=st.sampled_from(Status), token=texts, error=st.none() | problems
)
authorizations = st.builds(
    Authorization,
    url=texts,
    identifier=identifiers,
    status=st.sampled_from(Status),
    challenges=st.lists(challenges, max_size=2).map(tuple),
    expires=st.none() | times,
    challenge_type=st.none() | st.sampled_from(ChallengeType),
    by_hand=st.booleans(),
    fulfilled=st.booleans(),
    answered=st.booleans(),
)
orders = st.builds(
    Order,
    order_id=order_ids,
    previous_order_id=st.none() | order_ids,
    certificate_name=texts,
    role_name=texts,
    account_name=texts,
    identifiers=st.lists(identifiers, min_size=1, max_size=3).map(tuple),
    key_type=st.sampled_from(KeyType),
    creation_date=times,
    last_update=times,
    stage=st.sampled_from(Stage),
    status=st.none() | st.sampled_from(Status),
    order_url=st.none() | texts,
    authorization_urls=st.lists(texts, max_size=2).map(tuple),
    authorizations=st.lists(authorizations, max_size=2).map(tuple),
    next_work_date=st.none() | times,
    last_error=st.none() | problems,
    attempt=st.integers(1, 9),
    serial_number=st.none() | texts,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=orders)
def test_an_order_comes_back_from_its_record_as_it_was(tmp_path: Path, order: Order) -> None:
    path = tmp_path / "order.yaml"
    write_record(path, encode_order(order))
    assert read_record(path, decode_order) == order
