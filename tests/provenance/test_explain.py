"""`role explain` answers by the policy that counts: what it says of a certificate is what `plan` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from reconciler.model.account import KeyType
from reconciler.model.evidence import Evidence, Grant, Requester
from reconciler.model.identifier import parse_identifier
from reconciler.model.role import IdentifierPopulation
from reconciler.pki import generate_key, make_csr
from reconciler.store import Store
from tests.unit import values

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.conftest import Completed, RunProgram
    from tests.provenance.git_tree import GitTree, Person

    Situation = Callable[[GitTree, Person], None]

_WEB = "acme_account_name: ca\nallowed_domain_options: [bare_domains]\n"


def _listed(tree: GitTree, alice: Person) -> None:
    tree.request("it", "www.example.com", role="web")


def _not_listed(tree: GitTree, alice: Person) -> None:
    tree.request("it", "www.example.com", "shop.example.com", "api.example.com", role="web")


def _denied_domain(tree: GitTree, alice: Person) -> None:
    tree.write("roles/web.yaml", f"{_WEB}allowed_domains: [a.test]\ndenied_domains: [a.test]\n")
    tree.commit()
    tree.publish()
    tree.request("it", "a.test", role="web")


def _widened(tree: GitTree, alice: Person) -> None:
    tree.write("roles/web.yaml", f"{_WEB}allowed_domains: [www.example.com, shop.example.com]\n")
    tree.request("it", "shop.example.com", "api.example.com", role="web")


def _narrowed(tree: GitTree, alice: Person) -> None:
    tree.write("roles/web.yaml", f"{_WEB}allowed_domains: [api.example.com]\n")
    tree.request("it", "www.example.com", role="web")


def _narrowed_by_number(tree: GitTree, alice: Person) -> None:
    tree.write("roles/web.yaml", f"{_WEB}allowed_domains: [a.test, b.test]\n")
    tree.commit()
    tree.publish()
    tree.write("roles/web.yaml", f"{_WEB}allowed_domains: [a.test]\nmax_identifiers: 1\n")
    tree.request("it", "a.test", "b.test", role="web")


def _new_role(tree: GitTree, alice: Person) -> None:
    tree.write("roles/new.yaml", f"{_WEB}allowed_domains: [new.example.com]\n")
    tree.request("it", "new.example.com", role="new")


def _too_many(tree: GitTree, alice: Person) -> None:
    tree.write("roles/web.yaml", f"{_WEB}allowed_domains: [a.test, b.test]\nmax_identifiers: 1\n")
    tree.commit()
    tree.publish()
    tree.request("it", "a.test", "b.test", "c.test", role="web")


def _profile(tree: GitTree, alice: Person) -> None:
    tree.write("roles/web.yaml", f"{_WEB}allowed_domains: [a.test]\nallowed_profiles: [classic]\n")
    tree.commit()
    tree.publish()
    tree.request("it", "a.test", role="web", more="profile: shortlived\n")


def _challenge(tree: GitTree, alice: Person) -> None:
    tree.write("roles/web.yaml", f"{_WEB}allowed_domains: [a.test]\nallowed_challenge_types: [http-01]\n")
    tree.commit()
    tree.publish()
    tree.write("roles/web.yaml", f"{_WEB}allowed_domains: [a.test]\nallowed_challenge_types: [dns-01]\n")
    tree.request("it", "a.test", role="web", more="challenge_type: dns-01\n")


def _proved(tree: GitTree, alice: Person) -> None:
    tree.request("it", "alice.users.example.com")
    tree.commit(alice)


def _unsigned(tree: GitTree, alice: Person) -> None:
    tree.request("it", "alice.users.example.com")


def _uncommitted(tree: GitTree, alice: Person) -> None:
    _proved(tree, alice)
    tree.request("it", "alice.users.example.com", "x.alice.users.example.com")


def _of_another(tree: GitTree, alice: Person) -> None:
    tree.request("it", "alice.users.example.com", "bob.users.example.com")
    tree.commit(alice)


def _identity_is_leaving(tree: GitTree, alice: Person) -> None:
    _proved(tree, alice)
    tree.write("identities/alice.yaml", None)


def _identity_is_coming(tree: GitTree, alice: Person) -> None:
    tree.write("identities/alice.yaml", None)
    tree.commit()
    tree.publish()
    tree.write("identities/alice.yaml", alice.identity())
    _proved(tree, alice)


def _recorded(tree: GitTree, alice: Person) -> None:
    wanted = values.certificate("it", "alice.users.example.com")
    asked = Requester("c" * 40, "SHA256:gone", "id-alice", "alice")
    grant = Grant(wanted.identifiers[0], "{{identity.entity.name}}.users.example.com")
    (tree.root / ".git/info/exclude").write_text("state\n")
    Store(tree.root / "state").save_certificate(
        replace(wanted, role_name="users", evidence=Evidence((grant,), asked))
    )
    _unsigned(tree, alice)


def _no_trusted_ref(tree: GitTree, alice: Person) -> None:
    tree.write("reconciler.yaml", "{}\n")
    tree.git("update-ref", "-d", "refs/remotes/origin/main")
    tree.git("checkout", "--quiet", "--orphan", "fresh")
    _proved(tree, alice)


def _merged(tree: GitTree, alice: Person) -> None:
    _narrowed(tree, alice)
    tree.commit()
    tree.publish()


def _csr(tree: GitTree, *names: str) -> None:
    key = generate_key(KeyType.EC_256)
    text = make_csr(key, [parse_identifier(each) for each in names], IdentifierPopulation.CN_FIRST)
    tree.write("certificates/it.csr", text.decode("ascii"))
    tree.write("certificates/it.yaml", "role: web\ncsr_file: it.csr\n")


def _csr_listed(tree: GitTree, alice: Person) -> None:
    _csr(tree, "www.example.com")


def _csr_not_listed(tree: GitTree, alice: Person) -> None:
    _csr(tree, "www.example.com", "shop.example.com")


@pytest.mark.parametrize(
    ("situation", "codes"),
    [
        (_listed, []),
        (_not_listed, ["denied", "denied"]),
        (_denied_domain, ["denied"]),
        (_widened, ["denied", "denied"]),
        (_narrowed, ["denied"]),
        (_narrowed_by_number, ["denied", "too-many-identifiers"]),
        (_new_role, ["role-not-merged"]),
        (_too_many, ["denied", "too-many-identifiers"]),
        (_profile, ["profile-not-allowed"]),
        (_challenge, ["challenge-not-allowed"]),
        (_proved, []),
        (_unsigned, ["denied"]),
        (_uncommitted, ["denied", "denied"]),
        (_of_another, ["denied"]),
        (_identity_is_leaving, ["denied"]),
        (_identity_is_coming, ["denied"]),
        (_recorded, []),
        (_no_trusted_ref, ["denied"]),
        (_merged, ["denied"]),
        (_csr_listed, []),
        (_csr_not_listed, ["denied"]),
    ],
)
def test_explain_says_of_a_certificate_what_plan_says(
    tree: GitTree, alice: Person, program: RunProgram, situation: Situation, codes: list[str]
) -> None:
    situation(tree, alice)
    if situation is not _uncommitted:
        tree.commit()
    plan = program("plan", "--format", "json")
    explained = program("role", "explain", "--certificate", "it", "--format", "json")
    assert sorted(finding["code"] for finding in plan.document["denied"]) == codes
    assert _denials(explained) == sorted(_denial(finding) for finding in plan.document["denied"])
    assert explained.document["allowed"] == (not codes)
    assert explained.code == plan.code == (5 if codes else 0)


def test_what_is_to_be_merged_first_is_said_as_plan_says_it(
    tree: GitTree, alice: Person, program: RunProgram
) -> None:
    _widened(tree, alice)
    tree.commit()
    document = program("role", "explain", "--certificate", "it", "--format", "json").document
    plan = program("plan", "--format", "json").document
    hints = [each["hint"] for each in document["identifiers"]]
    assert hints == [finding["hint"] for finding in plan["denied"]]
    assert "in this tree it is allowed; merge the change of the policy first" in hints[0]
    assert "merge" not in hints[1]


def test_the_policy_that_answers_is_named(tree: GitTree, alice: Person, program: RunProgram) -> None:
    _listed(tree, alice)
    base = tree.head
    tree.commit()
    assert "Role web, certificate it, by the policy at origin/main:" in _explained(program, "it")
    document = program("role", "explain", "--certificate", "it", "--format", "json").document
    assert (document["policy"], document["policy_commit"]) == ("at origin/main", base)
    _narrowed(tree, alice)
    tree.commit()
    assert "Role web, certificate it, by the policy in this tree:" in _explained(program, "it")
    document = program("role", "explain", "--certificate", "it", "--format", "json").document
    assert (document["policy"], document["policy_commit"]) == ("in this tree", None)


def test_a_certificate_that_is_denied_as_a_whole_says_why(
    tree: GitTree, alice: Person, program: RunProgram
) -> None:
    _new_role(tree, alice)
    tree.commit()
    done = program("role", "explain", "--certificate", "it")
    assert done.out.startswith(
        "denied   certificate it\n"
        "         certificates/it.yaml:1:7\n"
        "         there is no role `new` at origin/main\n"
    )
    assert done.out.endswith("\nRole new, certificate it, by the policy at origin/main: denied.\n")


def test_names_are_asked_by_the_trusted_policy_as_well(
    tree: GitTree, alice: Person, program: RunProgram
) -> None:
    _widened(tree, alice)
    tree.commit()
    done = program("role", "explain", "web", "shop.example.com")
    assert done.code == 5
    assert "in this tree it is allowed; merge the change" in " ".join(done.out.split())
    assert done.out.endswith("\nRole web, by the policy at origin/main: 1 of 1 identifier denied.\n")
    _narrowed(tree, alice)
    done = program("role", "explain", "web", "www.example.com")
    assert done.out.endswith("\nRole web, by the policy in this tree: 1 of 1 identifier denied.\n")


def test_names_of_a_role_that_is_not_merged_are_denied(
    tree: GitTree, alice: Person, program: RunProgram
) -> None:
    _new_role(tree, alice)
    tree.commit()
    done = program("role", "explain", "new", "new.example.com")
    assert done.code == 5
    assert done.out.startswith("denied   role new\n         roles/new.yaml")
    assert program("role", "explain", "nev", "new.example.com").err.rstrip().endswith("did you mean `new`?")


def test_a_role_that_is_to_go_denies_what_it_allows_until_then(tree: GitTree, program: RunProgram) -> None:
    tree.write("roles/web.yaml", None)
    tree.commit()
    done = program("role", "explain", "web", "www.example.com")
    assert done.code == 5
    assert "there is no role `web` in this tree" in done.out


def test_how_many_names_are_asked_is_not_bounded(tree: GitTree, alice: Person, program: RunProgram) -> None:
    _too_many(tree, alice)
    tree.commit()
    done = program("role", "explain", "web", "a.test", "b.test")
    assert done.code == 0
    assert done.out.endswith("\nRole web, by the policy at origin/main: 2 identifiers allowed.\n")


def test_another_role_is_asked_with_its_own_bounds_and_the_same_requester(
    tree: GitTree, alice: Person, program: RunProgram
) -> None:
    tree.request("it", "alice.users.example.com", "www.example.com", role="web")
    tree.commit(alice)
    document = program("role", "explain", "users", "--certificate", "it", "--format", "json").document
    assert document["entity"] == {"id": "id-alice", "name": "alice"}
    assert [each["allowed"] for each in document["identifiers"]] == [True, False]
    assert document["identifiers"][1]["other_roles"] == ["web"]


def test_an_identity_that_is_not_merged_cannot_ask(
    tree: GitTree, mallory: Person, program: RunProgram
) -> None:
    tree.write("identities/mallory.yaml", mallory.identity())
    tree.commit()
    done = program("role", "explain", "users", "mallory.users.example.com", "--as", "mallory")
    assert (done.code, done.out) == (1, "")
    assert "there is no identity `mallory` at origin/main" in done.err
    tree.publish()
    assert program("role", "explain", "users", "bob.users.example.com", "--as", "bob").code == 0


@pytest.mark.parametrize("question", [("web", "www.example.com"), ("--certificate", "it")])
def test_what_the_pipeline_trusts_counts_for_every_question(
    tree: GitTree,
    alice: Person,
    program: RunProgram,
    monkeypatch: pytest.MonkeyPatch,
    question: tuple[str, ...],
) -> None:
    _listed(tree, alice)
    tree.commit()
    tree.git("update-ref", "refs/remotes/upstream/release", "HEAD~1")
    answered = program("role", "explain", *question, "--trusted-ref", "upstream/release")
    assert answered.code == 0
    assert "by the policy at upstream/release:" in answered.out
    monkeypatch.setenv("RECONCILER_TRUSTED_REF", "upstream/gone")
    gone = program("role", "explain", *question)
    assert (gone.code, gone.out) == (1, "")
    assert "there is no branch `upstream/gone` in this clone" in gone.err


def _explained(program: RunProgram, name: str) -> str:
    return program("role", "explain", "--certificate", name).out


def _denials(explained: Completed) -> list[tuple[str, str, int, int]]:
    document = explained.document
    found = [_denial(finding) for finding in document["findings"]]
    for each in document["identifiers"]:
        if not each["allowed"]:
            found.append(_denial({"code": "denied", **each["location"]}))
    return sorted(found)


def _denial(finding: dict[str, Any]) -> tuple[str, str, int, int]:
    return finding["code"], finding["path"], finding["line"], finding["column"]
