"""What a run is made from: the commit of the tree, and the pipeline that runs it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Where orders and certificates of a run come from; kept with them.

    Attributes:
        commit: the commit of the tree (full hash); None where the tree is in no Git repository.
        is_modified: whether files of the tree differ from that commit.
        run_url: the page of the CI run; None outside of CI.
    """

    commit: str | None = None
    is_modified: bool = False
    run_url: str | None = None
