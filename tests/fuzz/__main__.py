"""Fuzz one target, guided by what its inputs reach: `python -m tests.fuzz TARGET CORPUS -runs=N`."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["reconciler"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Run libFuzzer; it ends the process, with 77 or so after a failure."""
    name, corpus, *options = sys.argv[1:]
    check, seeds = TARGETS[name]
    folder = Path(corpus)
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()):
        (folder / f"seed-{number}").write_bytes(seed)
    atheris.Setup([sys.argv[0], str(folder), *options], check)
    atheris.Fuzz()


main()
