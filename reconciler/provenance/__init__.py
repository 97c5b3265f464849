"""What Git can prove: which policy is trusted, and who asked for a certificate."""

from __future__ import annotations

from reconciler.provenance.review import Review, review
from reconciler.provenance.trust import Trust, find_trust

__all__ = ["Review", "Trust", "find_trust", "review"]
