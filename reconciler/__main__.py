"""`python -m reconciler`."""

import sys
from pathlib import Path

if not sys.flags.safe_path and Path(sys.path[0]) != Path(__file__).resolve().parent.parent:
    # Python looks for modules in the working directory first; that may be the tree of a stranger.
    del sys.path[0]

from reconciler.cli.start import main

if __name__ == "__main__":
    main()
