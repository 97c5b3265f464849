from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import pytest
from jsonschema import Draft202012Validator, ValidationError
from msgspec.structs import replace

from reconciler import pki
from reconciler.checkup.codes import Code
from reconciler.model.account import AccountKey, KeyType, Responder
from reconciler.model.desired import Desired
from reconciler.model.events import ApplyResult
from reconciler.model.finding import Location
from reconciler.model.log import Flaw, FlawedLine, Verification
from reconciler.model.observed import FileChanges, Observed
from reconciler.model.order import Stage
from reconciler.model.places import KnownPlaces
from reconciler.model.renewal import RenewalInfo, RenewalWindow
from reconciler.model.revocation import RevocationReason
from reconciler.model.state_finding import Level, StateFinding
from reconciler.plan.actions import Action, CreateOrder, Plan
from reconciler.plan.diff import make_plan
from reconciler.plan.reasons import Reason
from reconciler.plan.saved import save
from reconciler.policy import Denial
from reconciler.render.account import AccountView, account_document, accounts_document
from reconciler.render.account_changes import deactivated_document, rotated_document
from reconciler.render.certificate import CertificateView, certificate_document, certificates_document
from reconciler.render.challenges import challenges_document, offered_challenges
from reconciler.render.documents import document, dump
from reconciler.render.explanation import explanation_document
from reconciler.render.explanation_rows import ExplanationView
from reconciler.render.fetched import fetched_document
from reconciler.render.found import FoundCertificate, Standing, found_document
from reconciler.render.fulfilled import fulfilled_document
from reconciler.render.log import log_document, verification_document
from reconciler.render.order import order_document, orders_document
from reconciler.render.order_changes import cancelled_document, retried_document, revoked_document
from reconciler.render.plan_json import plan_document
from reconciler.render.provider_trial import trial_document
from reconciler.render.result_json import result_document
from reconciler.render.role import RoleView, role_document, roles_document
from reconciler.render.rows import Operation
from reconciler.render.saved_plan import render_saved_plan
from reconciler.render.shown import ShownPlan
from reconciler.render.standing import records_document
from reconciler.render.state_check import state_check_document
from reconciler.render.status import status_document
from reconciler.render.status_rows import Validity, status_rows
from reconciler.render.validation import validation_document
from tests.unit.pki.authorities import INTERMEDIATE, KEY_PEM, ROOT, chain
from tests.unit.render.dns_samples import NEEDED, trial
from tests.unit.render.log_samples import LINES
from tests.unit.render.output_schemas import KINDS, check, load
from tests.unit.render.samples import (
    CHECKING,
    COMPOUND,
    DENIED,
    EVIDENCE,
    EXPLANATION,
    FIRST_ORDER,
    ORIGIN,
    PLAN,
    REASONS,
    REQUESTER,
    RESULT,
    REVOCATION,
    ROLE,
    WAITING,
)
from tests.unit.values import DAY, NOW, account, account_spec, certificate, order, role, spec

if TYPE_CHECKING:
    from collections.abc import Iterator

RENEWAL_INFO = RenewalInfo(
    NOW + DAY, RenewalWindow(NOW + 50 * DAY, NOW + 52 * DAY, "https://ca.test/why"), NOW + 51 * DAY
)
ISSUED = pki.read_chain(chain(above=[INTERMEDIATE, ROOT]))
COMPLETED = replace(
    order(stage=Stage.COMPLETED), serial_number=ISSUED.serial_number, evidence=EVIDENCE, not_after=NOW + DAY
)
REVOKED = replace(COMPLETED, stage=Stage.REVOKED, revocation=REVOCATION)
ROTATED = replace(
    account(),
    account_keys=(*account().account_keys, AccountKey(1, KeyType.RSA_4096, NOW, "another")),
    active_key_version=1,
)
VIEW = CertificateView(
    certificate(), "certs/www", NOW + 60 * DAY, FileChanges(("cert.pem",), ("privkey.pem",))
)


def every_reason() -> Plan:
    return Plan(NOW, actions=(replace(FIRST_ORDER, reasons=tuple(reason for reason, _ in REASONS)),))


def status() -> dict[str, Any]:
    wanted = ("www", "new", "api", "denied", "flaky", "revoked", "leaked")
    desired = Desired(
        accounts={"ca": account_spec()},
        roles={"web": role()},
        certificates={
            **{name: spec(name) for name in wanted},
            "leaked": replace(spec("leaked"), revoke=RevocationReason.KEY_COMPROMISE),
        },
    )
    revoked = replace(REVOCATION, request=spec("revoked").digest)
    observed = Observed(
        accounts={"ca": account()},
        certificates={
            "www": certificate("www", age=100 * DAY),
            "gone": certificate("gone"),
            "revoked": replace(certificate("revoked"), revocation=revoked),
            "leaked": certificate("leaked"),
        },
        orders={"new": replace(WAITING, certificate_name="new"), "api": CHECKING},
    )
    plan = make_plan(desired, observed, NOW, {"denied": (DENIED,)})
    plan = replace(plan, held_back=(*plan.held_back, PLAN.held_back[0]))
    return status_document(status_rows(desired, observed, plan, {"denied"}), now=NOW)


DOCUMENTS: tuple[dict[str, Any], ...] = (
    plan_document(ShownPlan(PLAN)),
    plan_document(ShownPlan(Plan(NOW))),
    plan_document(ShownPlan(every_reason())),
    result_document(PLAN, RESULT),
    result_document(Plan(NOW), ApplyResult(stopped=True)),
    status(),
    orders_document([WAITING, CHECKING]),
    order_document(WAITING, "-----BEGIN CERTIFICATE REQUEST-----"),
    order_document(replace(CHECKING, evidence=EVIDENCE, csr_digest="00", profile="classic"), None),
    order_document(replace(CHECKING, must_staple=True, not_after=NOW + DAY, replaces="aYhba4d.AIdl"), None),
    order_document(REVOKED, None),
    retried_document(WAITING),
    cancelled_document(replace(WAITING, stage=Stage.ERROR)),
    revoked_document(RESULT.revoked[0]),
    challenges_document(WAITING, offered_challenges(WAITING, Responder("thumbprint"))),
    fulfilled_document([WAITING]),
    certificates_document([VIEW]),
    certificate_document(replace(VIEW, renewal_due=None)),
    certificate_document(replace(VIEW, certificate=replace(certificate(), evidence=EVIDENCE))),
    certificate_document(
        replace(
            VIEW,
            certificate=replace(
                certificate(),
                must_staple=True,
                requested_end="30d",
                certificate_id="aYhba4d.AIdl",
                renewal_info=RENEWAL_INFO,
                revocation=REVOCATION,
            ),
        )
    ),
    certificate_document(
        replace(VIEW, certificate=replace(certificate(), renewal_info=RenewalInfo(NOW + DAY)))
    ),
    fetched_document(certificate(), ISSUED, KEY_PEM.decode()),
    fetched_document(COMPLETED, pki.read_chain(chain(above=())), ""),
    found_document([FoundCertificate(COMPLETED, ISSUED, COMPLETED.order_id)]),
    found_document([FoundCertificate(COMPLETED, ISSUED, "another")]),
    found_document([FoundCertificate(replace(COMPLETED, evidence=None), ISSUED, None)]),
    found_document([FoundCertificate(REVOKED, ISSUED, None)]),
    accounts_document([AccountView("ca", account_spec(), None)]),
    account_document(AccountView("ca", replace(account_spec(), trusted_ca="-----BEGIN"), account())),
    account_document(AccountView("ca", None, account())),
    account_document(AccountView("ca", None, replace(ROTATED, pending_key_version=2, last_error=COMPOUND))),
    rotated_document(account(), ROTATED),
    deactivated_document(account()),
    deactivated_document(replace(account(), account_url=None)),
    roles_document([RoleView(role(), ()), RoleView(ROLE, ("api", "www"))]),
    role_document(RoleView(ROLE, ("api", "www"))),
    explanation_document(EXPLANATION),
    explanation_document(ExplanationView("web", ())),
    validation_document([DENIED]),
    validation_document([], Desired()),
    records_document(NEEDED, caa=True),
    trial_document(trial()),
    trial_document(replace(trial(), success=False, omit_cleanup=True)),
    json.loads(render_saved_plan(save(PLAN, Observed(), "lineage"), plan_document(ShownPlan(PLAN)))),
    document("init", folder=".", written=["a"], kept=[], gitignore_added=["b"], to_do=["c"]),
    found_document([FoundCertificate(replace(COMPLETED, evidence=None, origin=ORIGIN), ISSUED, None)]),
    order_document(replace(WAITING, evidence=EVIDENCE, origin=ORIGIN), "PEM"),
    certificate_document(
        CertificateView(
            replace(certificate(), evidence=None, origin=ORIGIN), "certs/www", None, FileChanges()
        )
    ),
    log_document(LINES),
    log_document([]),
    verification_document(Verification("events.jsonl", 2, "ab" * 32, (FlawedLine(1, Flaw.ALTERED),))),
    verification_document(Verification("events.jsonl", 0, None, ())),
    state_check_document(
        "state",
        [
            StateFinding(Code.LINK, Level.ERROR, "state/x.yaml", 3, "wrong", "mend", "rm x"),
            StateFinding(Code.CLAIM_EXPIRED, Level.NOTE, "state/y", 0, "old", "look"),
        ],
    ),
    state_check_document("state", ()),
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
        whole = json.loads(dump(plan_document(ShownPlan(PLAN))))
        (whole if place == "plan" else whole[place][0])["surprise"] = 1
        with pytest.raises(ValidationError, match="surprise"):
            check(whole)


def test_a_reason_without_its_facts_is_found() -> None:
    whole = json.loads(dump(plan_document(ShownPlan(every_reason()))))
    del whole["actions"][0]["reasons"][1]["added"]
    with pytest.raises(ValidationError, match="added"):
        check(whole)


def test_times_are_in_utc_and_end_in_z() -> None:
    assert plan_document(ShownPlan(PLAN))["created"] == "2026-06-01T12:00:00Z"


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
    whole = challenges_document(WAITING, offered_challenges(WAITING, Responder("thumbprint")))
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
    wanted = replace(spec("x", "10.0.0.1", "www.example.com", "api.example.com"), places=KnownPlaces(places))
    order = CreateOrder(wanted, (), evidence=EVIDENCE)
    shown = plan_document(ShownPlan(Plan(NOW, actions=(order,))))["actions"][0]["evidence"]
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
    assert (rows["revoked"]["validity"], rows["revoked"]["operation"]) == ("revoked", None)
    assert (rows["revoked"]["held"], rows["revoked"]["held_until"]) == (True, None)
    assert rows["revoked"]["reasons"][0]["code"] == "certificate_revoked"
    assert rows["revoked"]["renewal_due"] is None
    assert (rows["leaked"]["operation"], rows["leaked"]["held"]) == ("revoke", False)
    assert status()["summary"] == {"valid": 2, "expired": 1, "revoked": 1, "missing": 4, "unknown": 0}


def test_a_certificate_that_is_fetched_has_the_fields_of_the_seed_system() -> None:
    shown = fetched_document(certificate(), ISSUED, KEY_PEM.decode())
    seed = "certificate ca_chain private_key private_key_type serial_number not_before not_after"
    assert set(seed.split()) <= shown.keys()
    assert shown["certificate"] + "".join(shown["ca_chain"]) == ISSUED.fullchain_pem
    assert len(shown["ca_chain"]) == 2
    assert shown["private_key"] == KEY_PEM.decode()
    alone = fetched_document(COMPLETED, pki.read_chain(chain(above=())), "")
    assert (alone["name"], alone["ca_chain"], alone["private_key"]) == ("www", [], None)


def test_what_became_of_a_certificate_that_is_looked_up() -> None:
    found = [
        FoundCertificate(COMPLETED, ISSUED, COMPLETED.order_id),
        FoundCertificate(COMPLETED, ISSUED, "another"),
        FoundCertificate(COMPLETED, ISSUED, None),
        FoundCertificate(REVOKED, ISSUED, COMPLETED.order_id),
    ]
    assert [each["standing"] for each in found_document(found)["certificates"]] == [
        str(each) for each in Standing
    ]


def test_a_key_that_was_changed_says_which_took_the_place_of_which() -> None:
    shown = rotated_document(account(), ROTATED)
    assert (shown["old_active_key_version"], shown["new_active_key_version"]) == (0, 1)
    assert shown["key_type"] == "rsa-4096"
    assert shown["rotated_at"] == "2026-06-01T12:00:00Z"


def test_until_when_a_certificate_is_held_back_may_be_up_to_people() -> None:
    shown = plan_document(ShownPlan(PLAN))
    assert [each["until"] for each in shown["held_back"]] == ["2026-06-01T13:00:00Z", None, None]
    assert [each["name"] for each in shown["held_keys"]] == ["busy"]
    assert shown["summary"]["held_back"] == 4


@pytest.mark.parametrize(
    ("document_kind", "field", "words"),
    [
        ("common", "operation", list(Operation)),
        ("common", "key_type", list(KeyType)),
        ("common", "stage", list(Stage)),
        ("common", "revocation_reason", list(RevocationReason)),
    ],
)
def test_the_schemas_know_every_word(document_kind: str, field: str, words: list[str]) -> None:
    schema = load(document_kind)
    assert {**schema.get("$defs", {}), **schema.get("properties", {})}[field]["enum"] == words


def test_the_schemas_know_every_reason_action_and_validity() -> None:
    reason = load("common")["$defs"]["reason"]["properties"]["code"]
    assert reason["enum"] == [each.code for each in get_args(Reason)]
    action = load("plan")["properties"]["actions"]["items"]["properties"]["action"]
    assert set(action["enum"]) == {each.kind for each in get_args(Action)}
    found = load("found_certificates")["properties"]["certificates"]["items"]["properties"]
    assert found["standing"]["enum"] == list(Standing)
    validity = load("status")["properties"]["certificates"]["items"]["properties"]["validity"]
    assert validity["enum"] == list(Validity)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_described(kind: str) -> None:
    assert not list(_undescribed(load(kind), kind))


def _undescribed(schema: dict[str, Any], path: str) -> Iterator[str]:
    parts = {**schema.get("$defs", {}), **schema.get("properties", {})}
    for name, field in parts.items():
        if not {"description", "$ref", "enum", "const"} & field.keys():
            yield f"{path}.{name}"
        yield from _undescribed(field, f"{path}.{name}")
    for each in (schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ())):
        if isinstance(each, dict):
            yield from _undescribed(each, path)


def test_documents_are_ascii() -> None:
    assert dump(document("x", name="b\u202eücher\x7f")).isascii()
