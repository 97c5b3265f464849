from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from reconciler.model.desired import Desired
from reconciler.model.events import ApplyResult
from reconciler.model.finding import Location
from reconciler.model.observed import FileChanges, Observed
from reconciler.plan.actions import CreateOrder, Plan
from reconciler.plan.diff import make_plan
from reconciler.policy import Denial
from reconciler.render.account import AccountView, account_document, accounts_document
from reconciler.render.certificate import CertificateView, certificate_document, certificates_document
from reconciler.render.challenges import challenges_document, offered_challenges
from reconciler.render.documents import document, dump
from reconciler.render.explanation import explanation_document
from reconciler.render.explanation_rows import ExplanationView
from reconciler.render.fulfilled import fulfilled_document
from reconciler.render.order import order_document, orders_document
from reconciler.render.plan_json import plan_document
from reconciler.render.result_json import result_document
from reconciler.render.role import RoleView, role_document, roles_document
from reconciler.render.status import status_document
from reconciler.render.status_rows import status_rows
from reconciler.render.validation import validation_document
from tests.unit.render.output_schemas import KINDS, check, load
from tests.unit.render.samples import (
    CHECKING,
    DENIED,
    EVIDENCE,
    EXPLANATION,
    PLAN,
    REASONS,
    REQUESTER,
    RESULT,
    ROLE,
    WAITING,
)
from tests.unit.values import DAY, NOW, account, account_spec, certificate, role, spec

VIEW = CertificateView(
    certificate(), "certs/www", NOW + 60 * DAY, FileChanges(("cert.pem",), ("privkey.pem",))
)


def every_reason() -> Plan:
    action = PLAN.actions[1]
    return Plan(NOW, actions=(replace(action, reasons=tuple(reason for reason, _ in REASONS)),))


def status() -> dict[str, Any]:
    desired = Desired(certificates={name: spec(name) for name in ("www", "new", "api", "denied", "flaky")})
    observed = Observed(
        accounts={"ca": account()},
        certificates={"www": certificate("www", age=100 * DAY), "gone": certificate("gone")},
        orders={"new": replace(WAITING, certificate_name="new"), "api": CHECKING},
    )
    plan = replace(make_plan(desired, observed, NOW, {"denied": (DENIED,)}), held_back=PLAN.held_back)
    return status_document(status_rows(desired, observed, plan, {"denied"}), now=NOW)


DOCUMENTS: tuple[dict[str, Any], ...] = (
    plan_document(PLAN),
    plan_document(Plan(NOW)),
    plan_document(every_reason()),
    result_document(PLAN, RESULT),
    result_document(Plan(NOW), ApplyResult(stopped=True)),
    status(),
    orders_document([WAITING, CHECKING]),
    order_document(WAITING, "-----BEGIN CERTIFICATE REQUEST-----"),
    order_document(replace(CHECKING, evidence=EVIDENCE, csr_digest="00", profile="classic"), None),
    challenges_document(WAITING, offered_challenges(WAITING, "thumbprint")),
    fulfilled_document([WAITING]),
    certificates_document([VIEW]),
    certificate_document(replace(VIEW, renewal_due=None)),
    certificate_document(replace(VIEW, certificate=replace(certificate(), evidence=EVIDENCE))),
    accounts_document([AccountView("ca", account_spec(), None)]),
    account_document(AccountView("ca", replace(account_spec(), trusted_ca="-----BEGIN"), account())),
    account_document(AccountView("ca", None, account())),
    roles_document([RoleView(role(), ()), RoleView(ROLE, ("api", "www"))]),
    role_document(RoleView(ROLE, ("api", "www"))),
    explanation_document(EXPLANATION),
    explanation_document(ExplanationView("web", ())),
    validation_document([DENIED]),
    validation_document([], Desired()),
    document("init", folder=".", written=["a"], kept=[], gitignore_added=["b"]),
)


@pytest.mark.parametrize("whole", DOCUMENTS, ids=lambda each: str(each["kind"]))
def test_each_document_is_what_its_schema_says(whole: dict[str, Any]) -> None:
    check(json.loads(dump(whole)))


def test_every_schema_has_a_document() -> None:
    assert {each["kind"] for each in DOCUMENTS} == set(KINDS) - {"common"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_schemas_are_valid(kind: str) -> None:
    Draft202012Validator.check_schema(load(kind))


def test_a_field_that_no_schema_describes_is_found() -> None:
    for place in ("plan", "actions"):
        whole = json.loads(dump(plan_document(PLAN)))
        (whole if place == "plan" else whole[place][0])["surprise"] = 1
        with pytest.raises(ValidationError, match="surprise"):
            check(whole)


def test_a_reason_without_its_facts_is_found() -> None:
    whole = json.loads(dump(plan_document(every_reason())))
    del whole["actions"][0]["reasons"][1]["added"]
    with pytest.raises(ValidationError, match="added"):
        check(whole)


def test_times_are_in_utc_and_end_in_z() -> None:
    assert plan_document(PLAN)["created"] == "2026-06-01T12:00:00Z"


def test_an_order_has_the_fields_of_the_seed_system() -> None:
    shown = order_document(WAITING, "csr")
    seed = (
        "order_id order_status role_name identifiers challenges creation_date csr expires last_error "
        "last_update next_work_date serial_number"
    )
    assert set(seed.split()) <= shown.keys()
    assert shown["order_status"] == "awaiting_challenge_fulfillment"
    assert shown["status"] == "pending"
    first = shown["challenges"]["www.example.com"][0]
    assert first["challenge_type"] == "http-01"
    assert first["challenge_status"] == "pending"
    assert first["chosen"]
    assert first["expires"] == "2026-06-01T13:00:00Z"


def test_a_challenge_has_the_fields_of_the_seed_system() -> None:
    whole = challenges_document(WAITING, offered_challenges(WAITING, "thumbprint"))
    assert [(each["identifier"], each["challenge_type"], each["chosen"]) for each in whole["challenges"]] == [
        ("www.example.com", "http-01", True),
        ("www.example.com", "dns-01", False),
        ("www.example.com", "tls-alpn-01", False),
        ("done.example.com", "http-01", False),
    ]
    assert whole["challenges"][0]["challenge_token"] == "token-http-01"
    assert whole["challenges"][0]["challenge_auth"] == "token-http-01.thumbprint"


def test_an_account_has_the_fields_of_the_seed_system_and_no_key() -> None:
    shown = account_document(AccountView("ca", account_spec(), account()))
    seed = (
        "name directory_url email_contacts trusted_ca active_key_version account_keys creation_date "
        "last_updated_date"
    )
    assert set(seed.split()) <= shown.keys()
    assert shown["account_keys"]["0"]["key_type"] == "ec-256"
    assert "PRIVATE" not in dump(shown)


def test_a_role_has_the_fields_of_the_seed_system() -> None:
    shown = role_document(RoleView(ROLE, ("api", "www")))
    seed = (
        "name acme_account_name allowed_domains allowed_domain_options allowed_challenge_types "
        "csr_generate_key_type csr_identifier_population"
    )
    assert set(seed.split()) <= shown.keys()
    assert shown["allowed_domain_options"] == ["subdomains", "globs"]
    assert shown["allowed_ip_ranges"] == ["10.0.0.0/8", "2001:db8::/32"]
    assert shown["certificates"] == ["api", "www"]


def test_an_explanation_knows_every_denial() -> None:
    denial = load("explanation")["properties"]["identifiers"]["items"]["properties"]["denial"]
    assert denial["anyOf"][0]["enum"] == [str(each) for each in Denial]


def test_an_explanation_has_the_facts_beside_the_words() -> None:
    allowed, denied = explanation_document(EXPLANATION)["identifiers"]
    assert (allowed["entry"], allowed["option"], allowed["denial"]) == ("example.com", "subdomains", None)
    assert (denied["nearest"], denied["denial"], denied["entry"]) == ("example.com", "not_listed", None)
    assert denied["location"] == {"path": "certificates/shop/www.yaml", "line": 3, "column": 15}
    assert len(denied["other_roles"]) == 13
    assert "Cyrillic" in denied["notes"][0]


def test_an_explanation_names_its_policy_and_what_is_denied_as_a_whole() -> None:
    shown = explanation_document(EXPLANATION)
    assert (shown["policy"], shown["policy_commit"]) == ("at origin/main", EXPLANATION.policy_commit)
    assert [each["code"] for each in shown["findings"]] == ["too-many-identifiers"]
    assert explanation_document(ExplanationView("web", ()))["policy"] is None


def test_evidence_points_at_the_identifiers_in_the_tree() -> None:
    places = tuple(Location("certificates/x.yaml", line, 5) for line in (3, 4, 5))
    wanted = replace(spec("x", "10.0.0.1", "www.example.com", "api.example.com"), identifier_locations=places)
    order = CreateOrder(wanted, (), evidence=EVIDENCE)
    shown = plan_document(Plan(NOW, actions=(order,)))["actions"][0]["evidence"]
    assert shown["grants"][0] == {
        "identifier": "www.example.com",
        "entry": "example.com",
        "option": "subdomains",
        "filled": None,
        "location": {"path": "certificates/x.yaml", "line": 4, "column": 5},
    }
    assert shown["grants"][2]["option"] is None
    assert shown["requester"]["entity_name"] == "alice"
    assert shown["policy_commit"] == EVIDENCE.policy_commit


def test_records_have_evidence_without_places_or_none() -> None:
    kept = certificate_document(replace(VIEW, certificate=replace(certificate(), evidence=EVIDENCE)))
    assert kept["evidence"]["requester"]["fingerprint"] == REQUESTER.fingerprint
    assert {each["location"] for each in kept["evidence"]["grants"]} == {None}
    assert order_document(CHECKING, None)["evidence"] is None
    assert certificate_document(VIEW)["evidence"] is None


def test_what_waits_for_whom() -> None:
    rows = {each["name"]: each for each in status()["certificates"]}
    assert rows["new"]["order"]["waits_for"] == "people"
    assert rows["api"]["order"]["waits_for"] == "ca"
    assert rows["www"]["validity"] == "expired"
    assert rows["www"]["operation"] == "renew"
    assert rows["gone"]["operation"] == "forget"
    assert rows["denied"]["denied"]
    assert rows["flaky"]["held_until"] == "2026-06-01T13:00:00Z"
    assert status()["summary"] == {"valid": 1, "expired": 1, "missing": 4}


def test_documents_are_ascii() -> None:
    assert dump(document("x", name="b\u202eücher\x7f")).isascii()
