"""The judgement of whole certificates: several views of the policy, and who asked."""

from __future__ import annotations

import datetime as dt
from ipaddress import ip_network
from typing import NoReturn

import pytest
from msgspec.structs import replace

from reconciler.model.certificate import CertificateSpec
from reconciler.model.desired import Desired
from reconciler.model.evidence import Requester, Signature, Unproved
from reconciler.model.finding import Location
from reconciler.model.identifier import parse_identifier
from reconciler.model.identity import Entity, Identity, SigningKey
from reconciler.model.places import KnownPlaces
from reconciler.model.role import ChallengeType, DomainOption, Role
from reconciler.policy import PolicyView, challenge_problems, deciding, judge, judge_alone, needs_requester

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
NOBODY = Unproved("nothing proves who asked", "sign it")
KEY = SigningKey("ssh-ed25519 AAAA", "SHA256:alice")
ALICE = Identity("alice", Entity("id-1", "alice"), Location("identities/alice.yaml"), (KEY,), ("A" * 40,))
SIGNED = Signature("c" * 40, "SHA256:alice")


def role(*domains: str, name: str = "web", **fields: object) -> Role:
    place = Location(f"roles/{name}.yaml", 1, 1)
    options = frozenset({DomainOption.BARE_DOMAINS, DomainOption.SUBDOMAINS})
    made = Role(name, "ca", place, place, domains, options)
    return replace(made, **fields)


def spec(*names: str, of: Role, **fields: object) -> CertificateSpec:
    identifiers = tuple(parse_identifier(each) for each in names)
    places = tuple(Location("certificates/www.yaml", line, 5) for line in range(3, 3 + len(names)))
    whole = Location("certificates/www.yaml", 1, 1)
    made = CertificateSpec("www", of, identifiers, whole, KnownPlaces(places))
    return replace(made, **fields)


def view(*roles: Role, where: str = "", identity: Identity = ALICE, before: bool = False) -> PolicyView:
    desired = Desired(roles={each.name: each for each in roles}, identities={identity.name: identity})
    return PolicyView.of(
        desired, where, "f" * 40, way_out="merge the change of the policy first" if before else ""
    )


TEMPLATED = role("{{identity.entity.name}}.example.com", "www.example.org")


def test_what_is_allowed_has_a_grant_for_each_identifier() -> None:
    web = role("example.com", "example.org")
    judgement = judge(spec("example.com", "a.example.org", of=web), (view(web),), NOBODY, NOW)
    assert judgement.findings == ()
    assert judgement.evidence is not None
    assert [(each.entry, each.option) for each in judgement.evidence.grants] == [
        ("example.com", DomainOption.BARE_DOMAINS),
        ("example.org", DomainOption.SUBDOMAINS),
    ]
    assert judgement.evidence.requester is None
    assert judgement.evidence.policy_commit == "f" * 40


def test_each_denied_identifier_has_a_finding_at_its_own_place() -> None:
    web = role("example.com")
    judgement = judge(spec("example.com", "a.test", "b.test", of=web), (view(web),), NOBODY, NOW)
    assert judgement.evidence is None
    assert [(each.code, each.location.line) for each in judgement.findings] == [("denied", 4), ("denied", 5)]


@pytest.mark.parametrize("proof", [SIGNED, Signature("c" * 40, "A" * 40)])
def test_a_signature_proves_who_asked(proof: Signature) -> None:
    judgement = judge(spec("alice.example.com", of=TEMPLATED), (view(TEMPLATED),), proof, NOW)
    assert judgement.evidence is not None
    assert judgement.evidence.requester == Requester(proof.commit, proof.fingerprint, "id-1", "alice")


def test_where_no_entry_depends_on_it_the_requester_is_not_recorded() -> None:
    judgement = judge(spec("www.example.org", of=TEMPLATED), (view(TEMPLATED),), SIGNED, NOW)
    assert judgement.evidence is not None
    assert judgement.evidence.requester is None


@pytest.mark.parametrize(
    ("proof", "says"),
    [
        (NOBODY, "nothing proves who asked"),
        (Signature("c" * 40, "SHA256:other"), "signed with the key SHA256:other, which is no identity's"),
        (
            Requester("c" * 40, "SHA256:alice", "id-2", "alice"),
            "requested by alice (id-2), who is no identity",
        ),
    ],
)
def test_a_template_allows_nothing_without_proof(proof: Unproved | Signature | Requester, says: str) -> None:
    judgement = judge(spec("alice.example.com", of=TEMPLATED), (view(TEMPLATED),), proof, NOW)
    [finding] = judgement.findings
    assert says in finding.message


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        (replace(KEY, valid_before=NOW), False),
        (replace(KEY, valid_before=NOW + dt.timedelta(seconds=1)), True),
        (replace(KEY, valid_after=NOW), True),
        (replace(KEY, valid_after=NOW + dt.timedelta(seconds=1)), False),
    ],
)
def test_a_key_counts_while_it_is_valid(key: SigningKey, allowed: bool) -> None:
    there = view(TEMPLATED, identity=replace(ALICE, ssh_keys=(key,)))
    judgement = judge(spec("alice.example.com", of=TEMPLATED), (there,), SIGNED, NOW)
    assert (judgement.evidence is not None) == allowed


def test_a_recorded_requester_outlives_the_key_and_takes_the_name_of_today() -> None:
    recorded = Requester("c" * 40, "SHA256:gone", "id-1", "alice")
    today = view(TEMPLATED, identity=replace(ALICE, entity=Entity("id-1", "alicia"), ssh_keys=()))
    old = judge(spec("alice.example.com", of=TEMPLATED), (today,), recorded, NOW)
    new = judge(spec("alicia.example.com", of=TEMPLATED), (today,), recorded, NOW)
    assert old.evidence is None
    assert new.evidence is not None
    assert new.evidence.requester == Requester("c" * 40, "SHA256:gone", "id-1", "alicia")


def test_all_views_have_to_allow() -> None:
    narrow, wide = role("example.com"), role("example.com", "example.org")
    for views in ((view(narrow), view(wide)), (view(wide), view(narrow))):
        judgement = judge(spec("example.org", of=wide), views, NOBODY, NOW)
        assert len(judgement.findings) == 1


def test_only_a_change_that_is_to_come_is_worth_waiting_for() -> None:
    narrow, wide = role("example.com"), role("example.com", "example.org")
    request = spec("example.org", of=wide)
    widened = judge(
        request, (view(narrow, where="at main", before=True), view(wide, where="here")), NOBODY, NOW
    )
    narrowed = judge(
        request, (view(wide, where="at main", before=True), view(narrow, where="here")), NOBODY, NOW
    )
    assert "merge the change of the policy first" in (widened.findings[0].hint or "")
    assert "merge" not in (narrowed.findings[0].hint or "")
    assert "`web` here does not allow" in narrowed.findings[0].message


def test_the_same_denial_of_two_views_is_told_once() -> None:
    web = role("example.com")
    views = (view(web, where="at main", before=True), view(web, where="here"))
    judgement = judge(spec("example.org", of=web), views, NOBODY, NOW)
    assert len(judgement.findings) == 1
    assert "merge" not in (judgement.findings[0].hint or "")


def test_a_role_that_a_view_does_not_have_allows_nothing() -> None:
    web = role("example.com")
    [finding] = judge(spec("example.com", of=web), (view(where="at main"),), NOBODY, NOW).findings
    assert finding.code == "role-not-merged"


@pytest.mark.parametrize(
    ("limits", "asked", "code"),
    [
        ({"max_identifiers": 1}, {}, "too-many-identifiers"),
        ({"allowed_profiles": ("classic",)}, {"profile": "other"}, "profile-not-allowed"),
        (
            {"allowed_challenge_types": (ChallengeType.HTTP_01,)},
            {"challenge_type": ChallengeType.DNS_01},
            "challenge-not-allowed",
        ),
    ],
)
def test_what_bounds_the_certificate_as_a_whole(
    limits: dict[str, object], asked: dict[str, object], code: str
) -> None:
    free = role("example.com")
    bound = replace(free, **limits)
    request = spec("example.com", "www.example.com", of=free, **asked)
    assert judge(request, (view(free),), NOBODY, NOW).findings == ()
    assert [each.code for each in judge(request, (view(bound),), NOBODY, NOW).findings] == [code]
    assert [each.code for each in judge_alone(replace(request, role=bound))] == [code]


HTTP, DNS = ChallengeType.HTTP_01, ChallengeType.DNS_01


@pytest.mark.parametrize(
    ("allowed", "asked", "names", "found"),
    [
        ((HTTP,), None, ["example.com", "*.example.com"], [("wildcard-needs-dns-01", 4)]),
        ((HTTP, DNS), None, ["*.example.com", "192.0.2.1"], []),
        ((HTTP, DNS), HTTP, ["*.example.com", "192.0.2.1"], [("wildcard-needs-dns-01", 3)]),
        ((HTTP, DNS), DNS, ["*.example.com", "192.0.2.1"], [("address-without-dns-01", 4)]),
        ((DNS,), None, ["192.0.2.1", "::1"], [("address-without-dns-01", 3), ("address-without-dns-01", 4)]),
        # Of a challenge that is not allowed nothing else is said.
        ((HTTP,), DNS, ["192.0.2.1", "*.example.com"], [("challenge-not-allowed", 1)]),
    ],
)
def test_every_view_of_a_role_is_asked_for_challenges(
    allowed: tuple[ChallengeType, ...],
    asked: ChallengeType | None,
    names: list[str],
    found: list[tuple[str, int]],
) -> None:
    """A pull request that lets its role use dns-01 gets no wildcard from a trusted role without it."""
    options = frozenset(DomainOption)
    ranges = (ip_network("0.0.0.0/0"), ip_network("::/0"))
    wide = role("example.com", allowed_domain_options=options, allowed_ip_ranges=ranges)
    trusted = replace(wide, allowed_challenge_types=allowed)
    request = spec(*names, of=wide, challenge_type=asked)
    views = (view(trusted, where="at main"), view(wide, where="in this tree"))
    judgement = judge(request, views, NOBODY, NOW)
    assert [(each.code, each.location.line) for each in judgement.findings] == found
    assert (judgement.evidence is None) == bool(found)
    alone = judge_alone(replace(request, role=trusted))
    assert [(each.code, each.location.line) for each in alone] == found
    if asked is None:
        assert all("at main allows only" in each.message for each in judgement.findings)


def test_what_the_tree_finds_is_what_the_policy_finds() -> None:
    narrow = role("example.com", allowed_challenge_types=(HTTP,))
    wildcard = parse_identifier("*.xn--rksmrgs-5wao1o.se")
    [problem] = challenge_problems(narrow, None, [parse_identifier("a.example"), wildcard])
    assert problem.identifier == wildcard
    assert "`*.xn--rksmrgs-5wao1o.se (*.räksmörgås.se)`" in problem.message
    assert "roles/web.yaml" in problem.hint


@pytest.mark.parametrize(("limit", "words"), [(1, "1 identifier a"), (2, "2 identifiers a")])
def test_how_many_identifiers_are_allowed(limit: int, words: str) -> None:
    web = role("example.com", max_identifiers=limit)
    request = spec("example.com", "a.example.com", "b.example.com", of=web)
    [finding] = judge(request, (view(web),), NOBODY, NOW).findings
    assert words in finding.message
    assert finding.location.line == 3 + limit


def test_a_denial_shows_both_forms_of_a_name() -> None:
    [finding] = judge(spec("räksmörgås.se", of=role()), (view(role()),), NOBODY, NOW).findings
    both = "`xn--rksmrgs-5wao1o.se (räksmörgås.se)`"
    assert both in finding.message
    assert both in (finding.hint or "")


def test_a_grant_by_a_template_says_what_it_was() -> None:
    request = spec("alice.example.com", "www.example.org", of=TEMPLATED)
    judgement = judge(request, (view(TEMPLATED),), SIGNED, NOW)
    assert judgement.evidence is not None
    assert [each.filled for each in judgement.evidence.grants] == ["alice.example.com", None]


def test_nothing_is_decided_for_a_role_without_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    def decide(*_: object) -> NoReturn:
        raise AssertionError("decided")

    monkeypatch.setattr(deciding, "decide", decide)
    plain = role("example.com")
    assert not needs_requester(spec("a.example.com", "a.example.org", of=plain), (view(plain),))
    with pytest.raises(AssertionError, match="decided"):
        needs_requester(spec("a.example.com", of=TEMPLATED), (view(TEMPLATED),))


def test_alone_a_name_that_somebody_could_have_is_left_open() -> None:
    assert judge_alone(spec("anybody.example.com", of=TEMPLATED)) == ()
    assert [each.code for each in judge_alone(spec("anybody.example.net", of=TEMPLATED))] == ["denied"]


def test_who_asked_matters_only_for_what_a_template_could_allow() -> None:
    views = (view(TEMPLATED),)
    assert needs_requester(spec("bob.example.com", of=TEMPLATED), views)
    assert not needs_requester(spec("www.example.org", of=TEMPLATED), views)
    assert not needs_requester(spec("bob.example.net", of=TEMPLATED), views)
    assert not needs_requester(spec("bob.example.com", of=replace(TEMPLATED, name="gone")), views)
