from __future__ import annotations

import pytest

from reconciler.model.order import CLOSED_STAGES, Stage
from reconciler.sharing.layout import (
    Kind,
    Resource,
    has_key_in_clear,
    is_key_by_name,
    is_secret,
    is_shared,
    resource_of,
)
from reconciler.sharing.records import (
    delivered_files,
    field,
    is_open,
    plain,
    rank_of_stage,
    without_renewal_info,
)

ID = "0197299e-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("state/meta.yaml", Resource(Kind.META, "")),
        ("state/events.jsonl", Resource(Kind.EVENTS, "")),
        ("state/accounts/ca.yaml", Resource(Kind.ACCOUNT, "ca")),
        ("state/accounts/corp/ca.yaml", Resource(Kind.ACCOUNT, "corp/ca")),
        ("state/accounts/corp/ca/key-0.pem.age", Resource(Kind.ACCOUNT, "corp/ca")),
        (f"state/orders/{ID}.yaml", Resource(Kind.ORDER, ID)),
        (f"state/orders/{ID}/privkey.pem.age", Resource(Kind.ORDER, ID)),
        (f"state/archive/orders/{ID}/csr.pem", Resource(Kind.ORDER, ID)),
        ("state/certificates/shop/www.yaml", Resource(Kind.CERTIFICATE, "shop/www")),
        (f"state/cleanup/{ID}.yaml", Resource(Kind.CLEANUP, ID)),
        (
            "state/archive/accounts/ca/1/key-0.pem.age",
            Resource(Kind.FILE, "state/archive/accounts/ca/1/key-0.pem.age"),
        ),
        ("state/encryption.yaml", Resource(Kind.FILE, "state/encryption.yaml")),
    ],
)
def test_what_a_file_is_part_of(path: str, resource: Resource) -> None:
    assert is_shared(path)
    assert resource_of(path) == resource


@pytest.mark.parametrize(
    "path",
    [
        "state/.lock",
        "state/orders/.x.yaml.tmp",
        "state/x.tmp",
        "state/challenges/1/instructions.json",
        "state/claims/certificates/www.yaml",
        "output/www/cert.pem",
    ],
)
def test_what_is_not_merged(path: str) -> None:
    assert not is_shared(path)


def test_keys_are_known_by_name_and_by_content() -> None:
    assert is_key_by_name("state/orders/1/privkey.pem")
    assert is_key_by_name("state/archive/accounts/ca/1/refused-1-2.pem")
    assert not is_key_by_name("state/orders/1/privkey.pem.age")
    assert not is_key_by_name("state/orders/1/fullchain.pem")
    assert not is_key_by_name("output/www/cert.pem")
    assert has_key_in_clear(b"x\n-----BEGIN RSA PRIVATE KEY-----\n")
    # A CA may say anything.
    assert not has_key_in_clear(b"detail: 'x\n\n  -----BEGIN PRIVATE KEY-----'\n")
    assert not has_key_in_clear(b"detail: AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQ\n")
    assert not has_key_in_clear(b"-----BEGIN AGE ENCRYPTED FILE-----\n-----BEGIN CERTIFICATE-----\n")
    assert is_secret("state/accounts/ca/key-0.pem.age")
    assert not is_secret("state/accounts/ca.yaml")


def test_single_lines_of_records() -> None:
    record = b"name: 'www'\nstage: new\nnested:\n  stage: completed\n"
    assert field(record, "stage") == "new"
    assert field(record, "name") == "www"
    assert field(record, "order_id") == ""


def test_a_text_is_one_plain_line() -> None:
    assert plain("a\nReconciler-Order: x\x1b[31m\u202e\u00e9") == "a?Reconciler-Order: x?[31m??"
    assert len(plain("x" * 1000)) == 200


def test_the_rest_of_a_certificate_without_its_renewal() -> None:
    record = b"name: www\nrenewal_info:\n  window:\n    start: 1\n  errors:\n  - x\nsuggested: true\n"
    assert without_renewal_info(record) == b"name: www\nsuggested: true\n"


def test_delivered_files_are_read_off_the_record() -> None:
    record = b"name: www\nfiles:\n  privkey.pem: %b\n  cert.pem: '%b'\nserial: 1\n" % (b"a" * 64, b"1" * 64)
    assert delivered_files(record) == {"privkey.pem": "a" * 64, "cert.pem": "1" * 64}
    assert delivered_files(b"name: www\n") == {}


def test_every_stage_has_its_rank_and_is_open_or_not() -> None:
    assert sorted(map(rank_of_stage, Stage)) == list(range(len(Stage)))
    assert {str(each) for each in Stage if not is_open(str(each))} == CLOSED_STAGES
    assert rank_of_stage("unheard_of") == -1
    assert not is_open("unheard_of")
