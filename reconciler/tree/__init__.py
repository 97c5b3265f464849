"""The desired tree: Git's files in, values with file, line and column out, and every finding at once."""

from __future__ import annotations

from reconciler.tree.folders import links_to_folders
from reconciler.tree.load import (
    SETTINGS_FILES,
    TREE_PATHS,
    add_source_lines,
    find_root,
    load_policy,
    load_settings,
    load_tree,
)
from reconciler.tree.renewal import parse_renewal
from reconciler.tree.trusted_ref import trusted_ref_of, trusted_ref_problem

__all__ = [
    "SETTINGS_FILES",
    "TREE_PATHS",
    "add_source_lines",
    "find_root",
    "links_to_folders",
    "load_policy",
    "load_settings",
    "load_tree",
    "parse_renewal",
    "trusted_ref_of",
    "trusted_ref_problem",
]
