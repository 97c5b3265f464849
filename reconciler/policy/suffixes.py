"""Public suffixes: names below which anyone can have a name of their own (publicsuffix.org)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.model.labels import without_underscored_labels

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


@lru_cache(maxsize=4096)
def is_public_suffix(name: str, *, private: bool = False) -> bool:
    """Whether a canonical name is a public suffix.

    Args:
        name: in canonical form, no wildcard.
        private: whether to count the list's private section, too (`github.io`): names of companies below
            which their customers have names.
    """
    return _suffixes(private).is_public(name)


def registrable_domain(name: str) -> str:
    """Return the domain that somebody has registered, one label below a public suffix: a likely zone.

    Args:
        name: in canonical form, no wildcard; labels that begin with `_` may stand in front. Under a suffix
            that the list does not know, its last label counts as one; a suffix itself is returned as it is.
    """
    rest = name = without_underscored_labels(name)
    while "." in rest:
        above = rest.partition(".")[2]
        if is_public_suffix(above) or "." not in above:
            return name if is_public_suffix(rest) else rest
        rest = above
    return rest


@lru_cache(maxsize=2)
def _suffixes(private: bool) -> PublicSuffixList:
    # Reading the list takes longer than most commands that need none.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(only_icann=not private, accept_unknown=False)
