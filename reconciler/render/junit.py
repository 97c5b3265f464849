"""Certificates as test cases, in the XML of JUnit that pipelines show."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from msgspec import Struct

from reconciler.render.reported import Level
from reconciler.render.rows import OF_ACCOUNTS, Operation, operation_of
from reconciler.render.text import clean
from reconciler.render.wording.flaws import FLAWED_CODE
from reconciler.render.wording.plans import held_back_title
from reconciler.render.wording.reports import failure_text
from reconciler.render.wording.safety import LIMIT_CODE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.plan.actions import Plan
    from reconciler.render.reported import Reported

_CERTIFICATES, _OTHERS = "certificates", "tree"


class _Case(Struct, frozen=True):
    group: str
    name: str
    errors: tuple[Reported, ...] = ()
    notes: tuple[Reported, ...] = ()
    skipped: str | None = None


def render_junit(
    items: Sequence[Reported], certificates: Iterable[str], command: str, plan: Plan | None = None
) -> str:
    """Return a suite with a case for each certificate, and for each other file that has errors.

    A certificate with errors, or one that is denied, has failed; one that is held back is skipped.

    Args:
        items: what was found.
        certificates: those of the tree, as far as they are known; beside those that the plan names.
        command: the suite's name says what was run.
        plan: where one was made.
    """
    cases = [*_of_certificates(items, certificates, plan), *_of_others(items)]
    numbers = {
        "tests": len(cases),
        "failures": sum(bool(case.errors) for case in cases),
        "errors": 0,
        "skipped": sum(case.skipped is not None for case in cases),
    }
    counted = {name: str(number) for name, number in numbers.items()}
    whole = ET.Element("testsuites")
    suite = ET.SubElement(whole, "testsuite", {"name": f"reconciler {command}", **counted})
    for case in cases:
        _add(suite, case)
    ET.indent(whole)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(whole, encoding="unicode")}\n'


def _of_certificates(
    items: Sequence[Reported], certificates: Iterable[str], plan: Plan | None
) -> list[_Case]:
    found: dict[str, list[Reported]] = {}
    for item in items:
        if item.certificate is not None:
            found.setdefault(item.certificate, []).append(item)
    # What is wrong with a role or an account denies certificates whose own files say nothing of it.
    general = tuple(each for each in items if _denies(each))
    denied = frozenset(plan.denied_certificates) if plan else frozenset()
    others = OF_ACCOUNTS | {Operation.REENCRYPT}
    planned = {each.subject for each in plan.actions if operation_of(each) not in others} if plan else ()
    held = {each.subject: clean(held_back_title(each, plan.now)) for each in plan.held_back} if plan else {}
    cases = []
    for name in sorted({*certificates, *found, *planned, *denied, *held}):
        own = found.get(name, ())
        errors = tuple(each for each in own if each.level is Level.ERROR)
        if name in denied and not errors:
            errors = general
        skipped = held.get(name) if not errors else None
        notes = tuple(each for each in own if each.level is not Level.ERROR)
        cases.append(_Case(_CERTIFICATES, name, errors, notes, skipped))
    return cases


def _denies(item: Reported) -> bool:
    return (
        item.certificate is None
        and item.level is Level.ERROR
        and not item.code.startswith((LIMIT_CODE, FLAWED_CODE))
    )


def _of_others(items: Sequence[Reported]) -> list[_Case]:
    others: dict[str, list[Reported]] = {}
    for item in items:
        if item.certificate is None and item.level is Level.ERROR:
            others.setdefault(item.path, []).append(item)
    return [_Case(_OTHERS, path, tuple(errors)) for path, errors in sorted(others.items())]


def _add(suite: ET.Element, case: _Case) -> None:
    element = ET.SubElement(suite, "testcase", {"classname": case.group, "name": clean(case.name)})
    if case.skipped is not None:
        ET.SubElement(element, "skipped", {"message": case.skipped})
    if case.errors:
        only = case.errors[0].message if len(case.errors) == 1 else failure_text(len(case.errors))
        about = {"type": case.errors[0].code, "message": only}
        ET.SubElement(element, "failure", about).text = _text(case.errors)
    if case.notes:
        ET.SubElement(element, "system-out").text = _text(case.notes)


def _text(items: Iterable[Reported]) -> str:
    return "\n\n".join(f"{_place(each)}: {each.level}: {each.text} [{each.code}]" for each in items)


def _place(item: Reported) -> str:
    return f"{item.path}:{item.line}:{item.column}" if item.line else item.path
