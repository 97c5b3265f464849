"""Who asked for a certificate, in real repositories with real signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.model.evidence import Evidence, Grant, Requester
from reconciler.model.identifier import parse_identifier
from reconciler.store import Store
from tests.provenance.outcomes import apply_plan, evidence, requesters
from tests.unit import values

if TYPE_CHECKING:
    from tests.acceptance.conftest import RunProgram
    from tests.provenance.git_tree import GitTree, Person


def test_the_signer_of_the_request_may_have_the_names_of_the_signer(
    tree: GitTree, alice: Person, program: RunProgram
) -> None:
    tree.request("mine", "alice.users.example.com", "www.alice.users.example.com")
    commit = tree.commit(alice)
    assert requesters(program) == {"mine": "alice"}
    [action] = [
        each for each in program("plan", "--format", "json").document["actions"] if each["name"] == "mine"
    ]
    assert action["evidence"]["requester"]["commit"] == commit
    assert action["evidence"]["requester"]["fingerprint"].startswith("SHA256:")
    assert action["evidence"]["policy_commit"] == tree.git("rev-parse", "origin/main")
    assert [grant["option"] for grant in action["evidence"]["grants"]] == ["bare_domains", "subdomains"]


def test_a_signer_may_not_have_the_names_of_others(tree: GitTree, bob: Person, program: RunProgram) -> None:
    tree.request("mine", "alice.users.example.com")
    tree.commit(bob)
    found = requesters(program)["mine"]
    assert found.startswith("denied: ")
    assert "is `bob.users.example.com` here" in found


def test_author_and_committer_prove_nothing(tree: GitTree, mallory: Person, program: RunProgram) -> None:
    claims = {
        "GIT_AUTHOR_NAME": "alice",
        "GIT_AUTHOR_EMAIL": "alice@example.com",
        "GIT_COMMITTER_NAME": "alice",
        "GIT_COMMITTER_EMAIL": "alice@example.com",
    }
    tree.request("unsigned", "alice.users.example.com")
    tree.commit(None, **claims)
    tree.request("signed", "www.alice.users.example.com")
    tree.commit(mallory, **claims)
    found = requesters(program)
    assert "is not signed" in found["unsigned"]
    assert "is no identity's" in found["signed"]


def test_the_signature_of_another_commit_is_not_good(
    tree: GitTree, alice: Person, program: RunProgram
) -> None:
    signed = tree.commit(alice, "something else")
    tree.request("stolen", "alice.users.example.com")
    tree.git("add", "--all")
    headers, _, message = tree.git("cat-file", "commit", signed).partition("\n\n")
    own_tree = tree.git("write-tree")
    forged = "\n".join([f"tree {own_tree}", f"parent {signed}", *headers.splitlines()[2:]])
    (tree.root / ".git/forged").write_text(f"{forged}\n\n{message}\n")
    commit = tree.git("hash-object", "-t", "commit", "-w", str(tree.root / ".git/forged"))
    tree.git("reset", "--quiet", "--hard", commit)
    assert "gpgsig" in tree.git("cat-file", "commit", "HEAD")
    assert "a signature that is not good" in requesters(program)["stolen"]


def test_an_expired_key_proves_nothing_whatever_time_the_commit_claims(
    tree: GitTree, alice: Person, program: RunProgram
) -> None:
    tree.write("identities/alice.yaml", alice.identity(options='valid-before="20200101"'))
    tree.commit()
    tree.publish()
    tree.request("mine", "alice.users.example.com")
    tree.commit(alice, GIT_COMMITTER_DATE="2019-06-01T12:00:00Z", GIT_AUTHOR_DATE="2019-06-01T12:00:00Z")
    assert "of alice has expired (2020-01-01 00:00 UTC)" in requesters(program)["mine"]


def test_a_key_that_is_not_valid_yet_proves_nothing(
    tree: GitTree, alice: Person, program: RunProgram
) -> None:
    tree.write("identities/alice.yaml", alice.identity(options='valid-after="29990101"'))
    tree.commit()
    tree.publish()
    tree.request("mine", "alice.users.example.com")
    tree.commit(alice)
    assert "is valid from 2999-01-01 00:00 UTC only" in requesters(program)["mine"]


def test_a_key_that_was_removed_from_the_identities_proves_nothing(
    tree: GitTree, alice: Person, bob: Person, program: RunProgram
) -> None:
    tree.request("mine", "alice.users.example.com")
    tree.commit(alice)
    assert requesters(program) == {"mine": "alice"}
    tree.write("identities/alice.yaml", None)
    tree.commit(bob)
    tree.publish()
    assert "is no identity's" in requesters(program)["mine"]


def test_identities_of_the_pull_request_do_not_count(
    tree: GitTree, mallory: Person, program: RunProgram
) -> None:
    tree.write("identities/mallory.yaml", mallory.identity(name="admin"))
    tree.request("mine", "admin.users.example.com")
    tree.commit(mallory)
    found = requesters(program)["mine"]
    assert "is no identity's at origin/main" in found
    assert "in this tree it is allowed; merge the change of the policy first" in found


def test_what_is_not_committed_is_proved_by_nobody(tree: GitTree, alice: Person, program: RunProgram) -> None:
    tree.request("mine", "alice.users.example.com")
    assert "is not committed as it is in this file" in requesters(program)["mine"]
    tree.commit(alice)
    tree.request("mine", "alice.users.example.com", "x.alice.users.example.com")
    assert "is not committed as it is in this file" in requesters(program)["mine"]


def test_a_link_to_the_request_of_another_is_no_request(
    tree: GitTree, alice: Person, mallory: Person, program: RunProgram
) -> None:
    tree.request("mine", "alice.users.example.com")
    tree.commit(alice)
    (tree.root / "certificates/theirs.yaml").symlink_to("mine.yaml")
    (tree.root / "certificates/folder").symlink_to("../certificates-of-others")
    tree.write("certificates-of-others/deep.yaml", "role: users\nidentifiers: [alice.users.example.com]\n")
    tree.commit(mallory)
    found = requesters(program)
    assert found["mine"] == "alice"
    assert "a file behind a link proves nothing" in found["theirs"]
    assert "a file behind a link proves nothing" in found["folder/deep"]


def test_an_edit_of_the_request_makes_the_editor_the_requester(
    tree: GitTree, alice: Person, bob: Person, program: RunProgram
) -> None:
    tree.request("mine", "alice.users.example.com")
    tree.commit(alice)
    tree.request("mine", "alice.users.example.com", "bob.users.example.com")
    tree.commit(bob)
    # Of the two names bob, who asked for both, may have one.
    found = requesters(program)["mine"]
    assert "does not allow `alice.users.example.com`" in found
    assert "is `bob.users.example.com` here" in found


def test_what_is_not_the_request_may_be_edited_by_anybody(
    tree: GitTree, alice: Person, mallory: Person, program: RunProgram
) -> None:
    tree.request("mine", "alice.users.example.com", "b.alice.users.example.com")
    tree.commit(alice)
    tree.write(
        "certificates/mine.yaml",
        "# tidied up\nrenew: {before: 30d}\nrole: users\n"
        'identifiers: ["B.alice.users.example.com.", alice.users.EXAMPLE.com]\n',
    )
    tree.commit(mallory)
    assert requesters(program) == {"mine": "alice"}


def test_a_renamed_file_is_a_new_request(
    tree: GitTree, alice: Person, mallory: Person, program: RunProgram
) -> None:
    tree.request("mine", "alice.users.example.com")
    tree.commit(alice)
    tree.git("mv", "certificates/mine.yaml", "certificates/other.yaml")
    tree.commit(mallory)
    assert "is no identity's" in requesters(program)["other"]


def test_a_revert_is_a_request_of_who_reverts(
    tree: GitTree, alice: Person, bob: Person, program: RunProgram
) -> None:
    tree.request("mine", "alice.users.example.com")
    tree.commit(alice)
    tree.write("certificates/mine.yaml", None)
    removal = tree.commit(alice)
    tree.git(
        "-c", "gpg.format=ssh", "-c", f"user.signingkey={bob.key_file}", "revert", "--no-edit", "-S", removal
    )
    assert "is `bob.users.example.com` here" in requesters(program)["mine"]


def test_a_squash_by_the_forge_is_nobodys_request(
    tree: GitTree, alice: Person, mallory: Person, program: RunProgram
) -> None:
    tree.branch("topic")
    tree.request("mine", "alice.users.example.com")
    tree.commit(alice)
    tree.switch("main")
    tree.git("merge", "--quiet", "--squash", "topic")
    tree.commit(mallory, "the forge's key signs this")
    found = requesters(program)["mine"]
    assert "is no identity's" in found
    assert "is not signed" not in found


def test_a_rebase_without_signature_is_nobodys_request(
    tree: GitTree, alice: Person, program: RunProgram
) -> None:
    tree.branch("topic")
    tree.request("mine", "alice.users.example.com")
    tree.commit(alice)
    tree.switch("main")
    tree.commit(message="main moves on")
    tree.publish()
    tree.switch("topic")
    tree.git("rebase", "--quiet", "--no-gpg-sign", "main")
    found = requesters(program)["mine"]
    assert "is not signed" in found
    assert "squashing and rebasing by the forge lose the signature" in found


def test_a_rebase_by_another_makes_them_the_requester(
    tree: GitTree, alice: Person, bob: Person, program: RunProgram
) -> None:
    tree.branch("topic")
    tree.request("mine", "bob.users.example.com")
    tree.commit(alice)
    tree.switch("main")
    tree.commit(message="main moves on")
    tree.switch("topic")
    tree.git(
        "-c", "gpg.format=ssh", "-c", f"user.signingkey={bob.key_file}", "rebase", "--quiet", "-S", "main"
    )
    assert requesters(program) == {"mine": "bob"}


def test_apply_judges_by_the_commit_and_its_first_parent(tree: GitTree, alice: Person, bob: Person) -> None:
    tree.request("mine", "alice.users.example.com")
    request = tree.commit(alice)
    tree.publish()
    plan = apply_plan(tree)
    requester = evidence(plan, "mine").requester
    assert requester is not None
    assert (requester.commit, requester.entity_id, requester.entity_name) == (request, "id-alice", "alice")
    assert evidence(plan, "mine").policy_commit == tree.head


def test_a_name_that_everybody_may_have_needs_no_signature(tree: GitTree, program: RunProgram) -> None:
    tree.request("plain", "www.example.com", role="web")
    tree.commit()
    assert requesters(program) == {"plain": "nobody"}


def test_explain_answers_for_whoever_asked(
    tree: GitTree, alice: Person, bob: Person, program: RunProgram
) -> None:
    tree.request("mine", "alice.users.example.com")
    tree.commit(alice)
    tree.request("theirs", "x.alice.users.example.com")
    tree.commit(bob)
    allowed = program("role", "explain", "--certificate", "mine")
    assert (allowed.code, "alice" in allowed.out) == (0, True)
    denied = program("role", "explain", "--certificate", "theirs")
    assert denied.code == 5
    assert "bob.users.example.com" in denied.out
    as_alice = program("role", "explain", "--certificate", "theirs", "--as", "alice")
    assert as_alice.code == 0


def test_evidence_that_comes_with_a_commit_is_none(
    tree: GitTree, mallory: Person, program: RunProgram
) -> None:
    identifier = parse_identifier("alice.users.example.com")
    requester = Requester("0" * 40, "none", "id-alice", "alice")
    order = replace(
        values.order("mine", identifier.value),
        role_name="users",
        evidence=Evidence((Grant(identifier, "{{identity.entity.name}}.users.example.com"),), requester),
    )
    Store(tree.root / "state").save_order(order)
    tree.request("mine", identifier.value)
    (tree.root / ".git/info/exclude").write_text("state\n")
    tree.commit(mallory)
    assert requesters(program) == {"mine": "alice"}, "the state of the machine is believed"
    tree.git("add", "--force", "state")
    tree.commit(mallory)
    assert requesters(program)["mine"].startswith("denied: ")
