"""A saved plan as what JSON can say, and back. What comes back may have been made by anybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reconciler.errors import SavedPlanError
from reconciler.model.selection import Selection
from reconciler.plan.bindings import Binding, Touch
from reconciler.plan.generations import Touched
from reconciler.plan.saved import SavedPlan

if TYPE_CHECKING:
    from collections.abc import Iterable

KIND = "saved_plan"
_VERSION = re.compile(r"([0-9]{1,6})\.[0-9]{1,6}")
_NEWEST = 1
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LONGEST = 2000  # characters: of names, which are paths
_MOST_PATTERNS = 1000


def encode_saved_plan(saved: SavedPlan) -> dict[str, Any]:
    """Return the fields of a saved plan, but for its version and kind."""
    return {
        "lineage": saved.lineage,
        "commit": saved.commit,
        "selection": {
            "select": list(saved.selection.select),
            "exclude": list(saved.selection.exclude),
            "roles": list(saved.selection.roles),
            "accounts": list(saved.selection.accounts),
        },
        "digest": saved.digest,
        "actions": [
            {
                "action": each.action,
                "name": each.name,
                "order_id": each.order_id,
                "asked": each.asked,
                "touches": [
                    {"kind": str(touch.kind), "name": touch.name, "generation": touch.generation}
                    for touch in each.touches
                ],
            }
            for each in saved.bindings
        ],
    }


def decode_saved_plan(document: object) -> SavedPlan:
    """Return the saved plan of a document.

    Raises:
        SavedPlanError: it is none, or one of a newer program, or was changed after it was written.
    """
    fields = _mapping(document, "the document")
    if fields.get("kind") != KIND:
        raise SavedPlanError("it is no saved plan; `reconciler plan --out FILE` writes one")
    version = _VERSION.fullmatch(_text(fields, "format_version"))
    if version is None:
        raise SavedPlanError("its `format_version` is none")
    if int(version[1]) > _NEWEST:
        raise SavedPlanError(
            f"it has format {version[0]}, written by a newer reconciler; this one knows {_NEWEST}.x"
        )
    chosen = _mapping(fields.get("selection"), "`selection`")
    saved = SavedPlan(
        bindings=tuple(_binding(each) for each in _list(fields, "actions")),
        lineage=_optional(fields, "lineage"),
        selection=Selection(
            **{name: tuple(_texts(chosen, name)) for name in ("select", "exclude", "roles", "accounts")}
        ),
        commit=_optional(fields, "commit", _COMMIT),
    )
    if _text(fields, "digest") != saved.digest:
        raise SavedPlanError("it is not as it was written: its digest is that of something else")
    return saved


def _binding(value: object) -> Binding:
    fields = _mapping(value, "an item of `actions`")
    return Binding(
        action=_text(fields, "action"),
        name=_text(fields, "name"),
        order_id=_optional(fields, "order_id"),
        asked=_optional(fields, "asked", _DIGEST),
        touches=tuple(_touch(each) for each in _list(fields, "touches")),
    )


def _touch(value: object) -> Touch:
    fields = _mapping(value, "an item of `touches`")
    kind = _text(fields, "kind")
    if kind not in set(Touched):
        raise SavedPlanError(f"it touches a `{kind[:30]}`, which this program does not know")
    return Touch(Touched(kind), _text(fields, "name"), _optional(fields, "generation", _DIGEST))


def _mapping(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise SavedPlanError(f"{what} is no mapping")
    return value


def _list(fields: Mapping[str, object], name: str) -> list[object]:
    value = fields.get(name)
    if not isinstance(value, list):
        raise SavedPlanError(f"its field `{name}` is missing, or no list")
    return value


def _texts(fields: Mapping[str, object], name: str) -> Iterable[str]:
    values = _list(fields, name)
    if len(values) > _MOST_PATTERNS:
        raise SavedPlanError(f"its field `{name}` has more than {_MOST_PATTERNS} items")
    return [_text({name: each}, name) for each in values]


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or len(value) > _LONGEST or not _is_unicode(value):
        raise SavedPlanError(f"its field `{name}` is missing, or no text, or too long")
    return value


def _optional(fields: Mapping[str, object], name: str, form: re.Pattern[str] | None = None) -> str | None:
    if fields.get(name) is None:
        return None
    text = _text(fields, name)
    if form is not None and not form.fullmatch(text):
        raise SavedPlanError(f"its field `{name}` is not what it should be")
    return text


def _is_unicode(text: str) -> bool:
    # JSON can escape half of a pair, which no encoding has.
    return not any("\ud800" <= each <= "\udfff" for each in text) if not text.isascii() else True
