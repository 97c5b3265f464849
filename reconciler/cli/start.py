"""The entry: what has to be set before anything else is loaded."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn

# How many values more there are before Python looks for circles among the new ones; and how often it does
# that before it looks among older ones, too.
_COLLECTED_AT = (50_000, 20, 20)


def main() -> NoReturn:
    """Run the command line of this process, and end the process.

    What is made here is seldom part of a circle. Left to itself, Python looks for circles each time there
    are 700 values more, and once again at the end: a tenth of the time of a short command, a sixth of that of
    a plan of 10,000 certificates.
    """
    gc.set_threshold(*_COLLECTED_AT)
    from reconciler.cli.main import main as run

    try:
        run()
    finally:
        gc.freeze()
