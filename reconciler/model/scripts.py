"""Labels that mix scripts, as a Cyrillic letter among Latin ones (UTS 39, sections 5.1 and 5.2).

A label that is wholly of another script and looks like a Latin one (`xn--80ak6aa92e`: Cyrillic letters that
read as "apple") is not found here: whether it deceives depends on what it is taken for, which nobody says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.labels import DOTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# UTS 39 section 5.1: what Chinese, Japanese and Korean are written with counts as a script of its own.
_PART_OF = {
    "Hani": ("Hanb", "Jpan", "Kore"),
    "Hira": ("Jpan",),
    "Kana": ("Jpan",),
    "Hang": ("Kore",),
    "Bopo": ("Hanb",),
}
_NAMES = {"Hanb": "Han with Bopomofo", "Jpan": "Japanese", "Kore": "Korean"}
# Common and inherited characters (digits, marks): they go with every script.
_WITH_ALL = frozenset(("Zyyy", "Zinh"))
# Section 5.2: these may be mixed in "highly restrictive".
_MAY_MIX = (("Latn", "Jpan"), ("Latn", "Hanb"), ("Latn", "Kore"))
_SHOWN = 3


class MixedLabel(Struct, frozen=True):
    """A label of characters whose scripts are not written together.

    Attributes:
        label: in Unicode.
        scripts: the names of the scripts, that of most characters first: `Latin`, `Cyrillic`.
        odd: the characters that do not go with the others, each once.
    """

    label: str
    scripts: tuple[str, ...]
    odd: tuple[str, ...]

    @property
    def text(self) -> str:
        """For people: what is mixed, and which characters are the odd ones."""
        from reconciler.model.characters import describe  # few names need it

        *first, last = self.scripts
        odd = ", ".join(map(describe, self.odd[:_SHOWN]))
        more = f" and {len(self.odd) - _SHOWN} more" if len(self.odd) > _SHOWN else ""
        return f"the label `{self.label}` mixes {', '.join(first)} and {last} characters: {odd}{more}"


def mixed_scripts(value: str) -> tuple[MixedLabel, ...]:
    """Return the labels that mix scripts: those that are not "highly restrictive" by UTS 39, section 5.2.

    Args:
        value: a canonical name, or an entry of a role in any form. ASCII labels are never mixed and cost
            nothing; what only looks like an A-label is passed over.
    """
    value = value.lower()
    if value.isascii() and "xn--" not in value:
        return ()
    return tuple(mixed for label in DOTS.split(value) if (mixed := _mixed(_to_unicode(label))))


def _to_unicode(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _mixed(label: str) -> MixedLabel | None:
    if label.isascii():
        return None
    scripts = {each: found for each in label if (found := _script_set(each))}
    characters = [each for each in label if each in scripts]
    single = _candidates(scripts.values())
    kept = _best(characters, scripts, [*((code,) for code in single), *_MAY_MIX])
    odd = tuple(dict.fromkeys(each for each in characters if scripts[each].isdisjoint(kept)))
    if not odd:
        return None
    return MixedLabel(label, tuple(map(_name, _cover(characters, scripts, single))), odd)


def _script_set(character: str) -> frozenset[str]:
    """Return the augmented script set of a character (section 5.1); empty where it goes with all scripts."""
    from fontTools.unicodedata import script_extension

    found = frozenset[str](script_extension(character))
    if found & _WITH_ALL:
        return frozenset()
    return found.union(*(_PART_OF.get(code, ()) for code in found))


def _candidates(sets: Iterable[frozenset[str]]) -> list[str]:
    """Return all scripts, in the order in which one is preferred where several cover as many characters.

    Latin is first, so that the letter from elsewhere is the odd one; what stands for several scripts is last.
    """
    seen = dict.fromkeys(code for each in sets for code in sorted(each))
    return sorted(seen, key=lambda code: (code != "Latn", code in _NAMES))


def _best(
    characters: Sequence[str], scripts: Mapping[str, frozenset[str]], candidates: Sequence[tuple[str, ...]]
) -> tuple[str, ...]:
    """Return the candidate that most of the characters go with; the first of several."""
    return max(candidates, key=lambda codes: sum(not scripts[each].isdisjoint(codes) for each in characters))


def _cover(
    characters: Sequence[str], scripts: Mapping[str, frozenset[str]], candidates: Sequence[str]
) -> list[str]:
    """Return few scripts that all characters are covered by, that of most characters first."""
    cover: list[str] = []
    while characters:
        (code,) = _best(characters, scripts, [(each,) for each in candidates])
        cover.append(code)
        characters = [each for each in characters if code not in scripts[each]]
    return cover


def _name(code: str) -> str:
    from fontTools.unicodedata import script_name

    return _NAMES.get(code) or str(script_name(code))
