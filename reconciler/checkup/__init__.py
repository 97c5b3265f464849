"""Finds what does not fit together in a state directory, and how to mend it; looks only.

It takes no lock, changes nothing, and asks no CA. What the next `apply` does by itself is never an error:
a state is like that whenever a run was killed.
"""

from reconciler.checkup.run import check_state
from reconciler.checkup.seen import Seen

__all__ = ["Seen", "check_state"]
