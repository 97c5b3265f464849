"""The walk against a plain reading of its rules, one request at a time, on histories of every shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.provenance.ancestry import Ancestry
from reconciler.provenance.history import Wanted, find_origins
from reconciler.tree.request import Request, request_of
from tests.unit.provenance.memory_repository import Files, MemoryRepository

if TYPE_CHECKING:
    from reconciler.provenance.repository import Repository

PATHS = ("certificates/a.yaml", "certificates/b/c.yaml", "certificates/d.json")
NAMES = ("one", "two", None)


def text(path: str, name: str, style: int) -> str:
    """Write a request in one of several ways that mean the same."""
    if path.endswith(".json"):
        return f'{{"role": "web", "identifiers": ["{name}.example.com"]}}' + "\n" * style
    forms = ("identifiers: [{}.example.com]\nrole: web\n", "role: web # it\nidentifiers: '{}.EXAMPLE.com.'\n")
    return forms[style % 2].format(name)


@st.composite
def histories(draw: st.DrawFn) -> MemoryRepository:
    """Draw a history in which each commit changes a few files, or takes them from any of its parents."""
    commits: dict[str, tuple[list[str], Files]] = {}
    for number in range(draw(st.integers(2, 14))):
        known = list(commits)
        most = min(3, len(known))
        recent = known[-5:]
        parents = (
            draw(st.lists(st.sampled_from(recent), min_size=1, max_size=most, unique=True)) if known else []
        )
        files: Files = {}
        for path in PATHS:
            origin = draw(st.sampled_from(parents)) if parents else None
            if origin and path in commits[origin][1]:
                files[path] = commits[origin][1][path]
            if draw(st.integers(0, 3)) == 0:
                name = draw(st.sampled_from(NAMES))
                files.pop(path, None)
                if name:
                    files[path] = text(path, name, draw(st.integers(0, 1)))
        commits[f"c{number}"] = (parents, files)
    cut = draw(st.sets(st.sampled_from(list(commits)), max_size=1)) if draw(st.booleans()) else set()
    return MemoryRepository(commits, frozenset(cut))


def request(repository: MemoryRepository, commit: str, path: str) -> Request | None:
    data = repository.read(commit, path)
    return None if data is None else request_of(path, data, lambda _: None)


def naive_origin(repository: MemoryRepository, start: str, path: str) -> str | None:
    """Return which commit made a request, as the rules have it; None where the history is cut off."""
    wanted = request(repository, start, path)
    made: set[str] = set()
    brought: list[tuple[str, str]] = []
    pending, seen = [start], {start}
    while pending:
        commit = pending.pop()
        if commit in repository.shallow:
            return None
        parents = repository.parents(commit)
        having = [each for each in parents if request(repository, each, path) == wanted]
        if not having:
            made.add(commit)
            continue
        brought += [(commit, each) for each in parents if each not in having]
        for each in having:
            if each not in seen:
                seen.add(each)
                pending.append(each)
    order = list(repository.commits)
    brought.sort(key=lambda pair: order.index(pair[0]))
    removals = {each for each in repository.before(start) if removes(repository, each, path, wanted)}
    final = {final_maker(repository, commit, brought, removals) for commit in made}
    if None in final:
        return None
    known = {each for each in final if each is not None}
    last = {each for each in known if not any(each in repository.before(o) for o in known if o != each)}
    at = start
    while len(last) > 1:
        at, last = next((p, last & b) for p in repository.parents(at) if last & (b := repository.before(p)))
    return last.pop()


def final_maker(
    repository: MemoryRepository, commit: str, brought: list[tuple[str, str]], removals: set[str]
) -> str | None:
    above = dict.fromkeys(merge for merge, _ in brought if commit in repository.before(merge))
    for merge in above:
        beside = set[str]().union(*(repository.before(side) for each, side in brought if each == merge))
        only_beside = beside - repository.before(commit)
        if only_beside & removals:
            commit = merge
        elif only_beside & repository.shallow:
            return None
    return commit


def removes(repository: MemoryRepository, commit: str, path: str, wanted: Request | None) -> bool:
    return request(repository, commit, path) != wanted and any(
        request(repository, each, path) == wanted for each in repository.parents(commit)
    )


@settings(max_examples=400)
@given(histories())
def test_the_walk_finds_what_the_rules_say(repository: MemoryRepository) -> None:
    start = list(repository.commits)[-1]
    wanted = {path: request(repository, start, path) for path in PATHS}
    asked = [Wanted(path, there) for path, there in wanted.items() if there is not None]
    found = find_origins(cast("Repository", repository), start, asked)
    assert not found.uncommitted
    for each in asked:
        expected = naive_origin(repository, start, each.path)
        if expected is None:
            assert each.path in found.cut_off
            assert each.path not in found.commits
        else:
            assert found.commits[each.path] == expected
            assert each.path not in found.cut_off


def test_of_two_that_ask_for_the_same_the_first_parents_lead_to_the_one_that_counts() -> None:
    path = PATHS[0]
    one = {path: text(path, "one", 0)}
    history = {"base": ([], {}), "early": (["base"], one), "more": (["base"], {}), "late": (["more"], one)}
    for parents in (["early", "late"], ["late", "early"]):
        repository = MemoryRepository({**history, "merge": (parents, one)})
        asked = [Wanted(path, Request("web", frozenset({"one.example.com"})))]
        assert find_origins(cast("Repository", repository), "merge", asked).commits == {path: parents[0]}


def test_the_order_of_the_parents_of_a_merge_does_not_decide_what_is_known() -> None:
    path = PATHS[0]
    one = {path: text(path, "one", 0)}
    history = {
        "base": ([], {}),
        "asked": (["base"], one),
        "removed": (["asked"], {}),
        "old": (["asked"], one),
        "cut": (["base"], {}),
    }
    for sides in (["removed", "cut"], ["cut", "removed"]):
        repository = MemoryRepository({**history, "merge": (["old", *sides], one)}, frozenset({"cut"}))
        asked = [Wanted(path, Request("web", frozenset({"one.example.com"})))]
        found = find_origins(cast("Repository", repository), "merge", asked)
        assert (found.commits, found.cut_off) == ({path: "merge"}, frozenset())


def test_what_is_not_there_as_it_is_asked_for_is_not_committed() -> None:
    path = PATHS[0]
    repository = MemoryRepository({"only": ([], {path: text(path, "one", 0)})})
    other = Wanted(path, Request("web", frozenset({"two.example.com"})))
    missing = Wanted(PATHS[1], Request("web", frozenset({"one.example.com"})))
    found = find_origins(cast("Repository", repository), "only", [other, missing])
    assert found.uncommitted == {path, PATHS[1]}
    assert not found.commits


@settings(max_examples=200)
@given(histories())
def test_ancestry_says_what_comes_after_what(repository: MemoryRepository) -> None:
    ancestry = Ancestry(cast("Repository", repository), list(repository.commits)[-1])
    for commit in ancestry.parents:
        for other in ancestry.parents:
            assert ancestry.has(commit, other) == (other in repository.before(commit))
