"""What a run is made from: the commit of the tree, and the pipeline that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reconciler.model.evidence import Requester


class CommitAuthor(Struct, frozen=True):
    """Who a commit says has asked for a certificate. Anybody can write any name there: it proves nothing.

    Attributes:
        commit: the one that last changed the request (full hash).
        author_name, author_email: as it has them.
    """

    commit: str
    author_name: str
    author_email: str


class Origin(Struct, frozen=True):
    """Where orders and certificates of a run come from; kept with them, and never asked by the policy.

    Attributes:
        commit: the commit of the tree (full hash); None where the tree is in no Git repository.
        is_modified: whether files of the tree differ from that commit.
        run_url: the page of the CI run; None outside of CI.
        requester: who asked, by the commit that last changed the request; None where that is not known, or
            was evidence.
    """

    commit: str | None = None
    is_modified: bool = False
    run_url: str | None = None
    requester: Requester | CommitAuthor | None = None
