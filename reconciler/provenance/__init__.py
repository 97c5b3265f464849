"""What Git can prove: which policy is trusted, and who asked for a certificate.

Every plan passes here, and most trees trust no policy: what reads repositories is loaded where it is needed.
"""

from __future__ import annotations

from reconciler.provenance.keys_in_git import keys_in_git
from reconciler.provenance.review import NO_TRUST, Review, find_proofs, review, views_of
from reconciler.provenance.trust import Trust, find_trust

__all__ = [
    "NO_TRUST",
    "Review",
    "Trust",
    "find_proofs",
    "find_trust",
    "keys_in_git",
    "review",
    "views_of",
]
