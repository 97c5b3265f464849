"""Whatever an order is, its record says it, and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.model.account import KeyType
from reconciler.model.certificate import CERTIFICATE_FILES, Certificate
from reconciler.model.evidence import Evidence, Grant, Requester
from reconciler.model.identifier import Identifier
from reconciler.model.order import Authorization, Challenge, Order, Stage, Status
from reconciler.model.origin import CommitAuthor, Origin
from reconciler.model.problem import Problem
from reconciler.model.role import ChallengeType, DomainOption
from reconciler.store.codec import decode_certificate, encode_certificate
from reconciler.store.order_codec import decode_order, encode_order
from reconciler.store.records import read_record, write_record
from tests.unit.made import made

if TYPE_CHECKING:
    from pathlib import Path

EARLIEST, LATEST = dt.datetime(1970, 1, 2), dt.datetime(9000, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
times = st.datetimes(EARLIEST, LATEST, timezones=st.just(dt.UTC))
texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\ufffe\uffff"), min_size=1
)
paths = st.from_regex(r"[\w@-][\w.@-]{0,9}(/[\w@-][\w.@-]{0,9})?", fullmatch=True)
urls = st.from_regex(r"https://[!-~]{1,20}", fullmatch=True)
names = st.sampled_from(["www.example.com", "*.example.com", "xn--rksmrgs-5wao1o.se"]).map(
    lambda v: Identifier("dns", v)
)
addresses = st.ip_addresses().map(lambda address: Identifier("ip", str(address)))
identifiers = names | addresses
problems = made(
    Problem,
    type=texts,
    detail=texts | st.just(""),
    status=st.none() | st.integers(400, 599),
    identifier=st.none() | texts,
    subproblems=st.tuples() | st.tuples(made(Problem, type=texts, detail=texts)),
)
order_ids = st.uuids().map(str)
challenges = made(
    Challenge, type=texts, url=urls, status=st.sampled_from(Status), token=texts, error=st.none() | problems
)
authorizations = made(
    Authorization,
    url=urls,
    identifier=identifiers,
    status=st.sampled_from(Status),
    challenges=st.lists(challenges, max_size=2).map(tuple),
    expires=st.none() | times,
    challenge_type=st.none() | st.sampled_from(ChallengeType),
    by_hand=st.booleans(),
    fulfilled=st.booleans(),
    answered=st.booleans(),
)
claims = made(CommitAuthor, commit=texts, author_name=texts | st.just(""), author_email=texts | st.just(""))
requesters = made(Requester, commit=texts, fingerprint=texts, entity_id=texts, entity_name=texts)
origins = made(
    Origin,
    commit=texts,
    is_modified=st.booleans(),
    run_url=st.none() | texts,
    requester=st.none() | claims | requesters,
)
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
grants = made(Grant, identifier=identifiers, entry=texts, option=st.none() | st.sampled_from(DomainOption))
requesters = made(Requester, commit=texts, fingerprint=texts, entity_id=texts, entity_name=texts)
evidence = made(
    Evidence,
    grants=st.lists(grants, max_size=3).map(tuple),
    requester=st.none() | requesters,
    policy_commit=st.none() | texts,
)
files = st.dictionaries(st.sampled_from(CERTIFICATE_FILES), digests)
certificates = made(
    Certificate,
    name=paths,
    role_name=paths,
    account_name=paths,
    identifiers=st.lists(identifiers, min_size=1, max_size=3).map(tuple),
    key_type=st.sampled_from(KeyType),
    order_id=order_ids,
    serial_number=texts,
    issuer=texts | st.just(""),
    not_before=times,
    not_after=times,
    files=files,
    superseded_files=files,
    csr_digest=st.none() | digests,
    profile=st.none() | texts,
    evidence=st.none() | evidence,
    origin=st.none() | origins,
)
orders = made(
    Order,
    order_id=order_ids,
    previous_order_id=st.none() | order_ids,
    certificate_name=paths,
    role_name=paths,
    account_name=paths,
    identifiers=st.lists(identifiers, min_size=1, max_size=3).map(tuple),
    key_type=st.sampled_from(KeyType),
    creation_date=times,
    last_update=times,
    stage=st.sampled_from(Stage),
    status=st.none() | st.sampled_from(Status),
    order_url=st.none() | urls,
    authorization_urls=st.lists(urls, max_size=2).map(tuple),
    authorizations=st.lists(authorizations, max_size=2).map(tuple),
    next_work_date=st.none() | times,
    last_error=st.none() | problems,
    attempt=st.integers(1, 9),
    serial_number=st.none() | texts,
    csr_digest=st.none() | digests,
    profile=st.none() | texts,
    evidence=st.none() | evidence,
    origin=st.none() | origins,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=orders)
def test_an_order_comes_back_from_its_record_as_it_was(tmp_path: Path, order: Order) -> None:
    path = tmp_path / "order.yaml"
    write_record(path, encode_order(order))
    assert read_record(path, decode_order) == order


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(certificate=certificates)
def test_a_certificate_comes_back_from_its_record_as_it_was(tmp_path: Path, certificate: Certificate) -> None:
    first, last = sorted((certificate.not_before, certificate.not_after))
    certificate = replace(certificate, not_before=first, not_after=last)
    path = tmp_path / "certificate.yaml"
    write_record(path, encode_certificate(certificate))
    assert read_record(path, decode_certificate) == certificate
