"""Kinds of entries, each with names that it allows, and names that it does not."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.role import DomainOption

ASKERS = 5
_VARIABLE = "{{identity.entity.name}}"
_BASE = "role-ROLE.example.com"
_ZONE, _ABSENT = f"zone-ENTRY.{_BASE}", f"absent-ENTRY.{_BASE}"


@dataclass(frozen=True, slots=True)
class Mix:
    """One kind of entries. `ENTRY`, `ROLE`, `NUMBER` and `ENTITY` in the texts stand for numbers.

    Attributes:
        entry: what the role says.
        allowed: a name that this very entry allows.
        denied: a name that is like it, and that no entry allows.
        is_anew: whether each certificate is asked for by somebody else; otherwise there are a few who ask.
        is_linear: whether entries are tried one by one, for nothing in them says which of them to try.
    """

    name: str
    option: DomainOption
    entry: str
    allowed: str
    denied: str
    is_anew: bool = False
    is_linear: bool = False

    @property
    def glob(self) -> str:
        """What the entry allows, as a pattern; a template is filled."""
        filled = self.entry.replace(_VARIABLE, "user-ENTITY")
        return f"*.{filled}" if self.option is DomainOption.SUBDOMAINS else filled


_TEMPLATES = (
    DomainOption.BARE_DOMAINS,
    f"{_VARIABLE}.{_ZONE}",
    f"user-ENTITY.{_ZONE}",
    f"another-NUMBER.{_ZONE}",
)
MIXES = (
    Mix(
        "exact names", DomainOption.BARE_DOMAINS, f"a-ENTRY.{_BASE}", f"a-ENTRY.{_BASE}", f"b-NUMBER.{_BASE}"
    ),
    Mix("subdomains", DomainOption.SUBDOMAINS, _ZONE, f"www.n-NUMBER.{_ZONE}", f"www.n-NUMBER.{_ABSENT}"),
    Mix("globs *.X", DomainOption.GLOBS, f"*.{_ZONE}", f"www.n-NUMBER.{_ZONE}", f"www.n-NUMBER.{_ABSENT}"),
    Mix("globs api-*.X", DomainOption.GLOBS, f"api-*.{_ZONE}", f"api-NUMBER.{_ZONE}", f"web-NUMBER.{_ZONE}"),
    Mix(
        "globs api-N-*.X, one X",
        DomainOption.GLOBS,
        f"api-ENTRY-*.{_BASE}",
        f"api-ENTRY-NUMBER.{_BASE}",
        f"web-ENTRY-NUMBER.{_BASE}",
    ),
    Mix(
        "globs *-N-*.X, one X",
        DomainOption.GLOBS,
        f"*-ENTRY-*.{_BASE}",
        f"api-ENTRY-NUMBER.{_BASE}",
        f"api-NUMBER.{_BASE}",
        is_linear=True,
    ),
    Mix(f"templates, {ASKERS} ask", *_TEMPLATES),
    Mix("templates, each by another", *_TEMPLATES, is_anew=True),
    Mix(
        "templates, one X, each by another",
        DomainOption.BARE_DOMAINS,
        f"{_VARIABLE}-ENTRY.{_BASE}",
        f"user-ENTITY-ENTRY.{_BASE}",
        f"another-NUMBER-ENTRY.{_BASE}",
        is_anew=True,
        is_linear=True,
    ),
)
