"""Fuzz one target, guided by what its inputs reach: `python -m tests.fuzz TARGET CORPUS -runs=N`."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

# What is fuzzed; to make all else ready for it takes longer than the fuzzing.
_GUIDED = (
    "reconciler.model",
    "reconciler.pki",
    "reconciler.plan.saved_form",
    "reconciler.policy",
    "reconciler.store.codec",
    "reconciler.store.fields",
    "reconciler.store.order_codec",
    "reconciler.store.records",
    "reconciler.tree",
)

with atheris.instrument_imports(include=list(_GUIDED)):
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
