"""Fills the generated parts of the documentation: `python -m tools.gen_reference`, with `--check` only looks.

A page says what goes where (see `tools.reference.blocks`); the text around it is written by hand. A few files
beside the documentation are generated as a whole.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.pipelines import gitlab_component
from tools.reference import (
    commands,
    editors,
    imports,
    layout,
    machine,
    outputs,
    pipelines,
    plans,
    schemas,
    state_codes,
)
from tools.reference.blocks import UnknownBlockError, fill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

DOCS = Path(__file__).parent.parent / "docs"

CONTENTS: Mapping[str, Callable[[], str]] = {
    **{
        f"fields:{name}": partial(schemas.resource_fields, name)
        for name in ("reconciler", "account", "role", "identity", "dns-provider", "certificate")
    },
    "command-overview": commands.command_overview,
    "global-options": commands.global_options,
    "commands": commands.command_sections,
    "outputs": outputs.output_sections,
    "state-layout": layout.state_layout,
    "actions": plans.action_table,
    "reasons": plans.reason_table,
    "machine-table": machine.machine_table,
    "machine-ends": machine.closed_stages,
    "machine-resumed": machine.resumed_stages,
    "machine-diagram": machine.machine_diagram,
    "imports": imports.import_table,
    "state-codes": state_codes.code_table,
    "pipeline:github-plan": pipelines.github_plan,
    "pipeline:github-apply": pipelines.github_apply,
    "pipeline:gitlab": pipelines.gitlab,
    "pipeline:github-approved": pipelines.github_approved,
    "pipeline:action-inputs": pipelines.action_inputs,
    "pipeline:action-outputs": pipelines.action_outputs,
    "pipeline:component-inputs": pipelines.component_inputs,
    "editor-modelines": editors.modelines,
    "editor-settings": editors.vscode_settings,
}
"""What makes the content of each block."""

WHOLE: Mapping[str, Callable[[], str]] = {
    "templates/reconciler/template.yml": gitlab_component,
    "schemas/catalog.json": editors.catalog,
}
"""Files that are generated as a whole, seen from the root."""


def main(arguments: Sequence[str]) -> int:
    """Write the pages that are stale, or with `--check` name them; return an exit code."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tools.gen_reference")
    parser.add_argument("--check", action="store_true", help="change nothing; end with 1 if a page is stale")
    check = parser.parse_args(arguments).check
    try:
        stale = stale_pages(DOCS) | stale_files(DOCS.parent)
    except UnknownBlockError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for path, text in stale.items():
        sys.stderr.write(f"{path.relative_to(DOCS.parent)} {'is stale' if check else 'written'}\n")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    if check and stale:
        sys.stderr.write("run `python -m tools.gen_reference`, and commit what it writes\n")
    return 1 if check and stale else 0


def stale_pages(docs: Path) -> dict[Path, str]:
    """Return the pages below `docs` that are not as they should be, each with the text it should have.

    Raises:
        UnknownBlockError: a page has a block that nothing fills; says which page.
    """
    stale = {}
    for path in sorted(docs.rglob("*.md")):
        text = path.read_text("utf-8")
        try:
            wanted = fill(text, CONTENTS)
        except UnknownBlockError as error:
            raise UnknownBlockError(f"{path}: {error}") from None
        if wanted != text:
            stale[path] = wanted
    return stale


def stale_files(root: Path) -> dict[Path, str]:
    """Return the files generated as a whole that are not as they should be, with their text."""
    wanted = {root / name: make() for name, make in WHOLE.items()}
    return {
        path: text for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
