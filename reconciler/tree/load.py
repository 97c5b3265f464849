"""The desired tree as a whole: found, read, checked and put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.errors import InvalidTreeError
from reconciler.model.desired import Desired
from reconciler.model.finding import Finding, Location, Severity
from reconciler.model.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from reconciler.model.dns_provider import DnsProvider
    from reconciler.model.identity import Identity
    from reconciler.tree.document import Document
    from reconciler.tree.schema import Kind
    from reconciler.tree.walk import Walk

SETTINGS_FILES = ("reconciler.yaml", "reconciler.json")
"""The settings of a tree, in its root."""

TREE_PATHS = (*SETTINGS_FILES, "accounts", "certificates", "dns-providers", "identities", "roles")
"""The files and folders of a root that are the tree."""

# The last of them is an error, but it does say where the root is meant to be.
_ROOT_FILES = (*SETTINGS_FILES, "reconciler.yml")


def find_root(start: Path) -> Path:
    """Return the root of the tree that a folder is in: the nearest upwards with a reconciler.yaml or .json.

    Raises:
        InvalidTreeError: when there is none.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if any((folder / name).exists() for name in _ROOT_FILES):
            return folder
    raise InvalidTreeError([_no_tree("there is no reconciler.yaml here, nor in any folder above")])


def load_tree(root: Path) -> Desired:
    """Return everything that a tree asks for.

    Args:
        root: the folder with reconciler.yaml.

    Raises:
        InvalidTreeError: when there is at least one error; it has all findings, warnings included, by place.
    """
    from reconciler.tree.schema import Kind  # what it needs is slow to import

    return _load(root, tuple(Kind))


def load_settings(root: Path) -> Desired:
    """Return the settings of a tree alone; nothing else is looked at.

    Raises:
        InvalidTreeError: as `load_tree` does.
    """
    from reconciler.tree.schema import Kind

    return _load(root, [Kind.SETTINGS])


def load_policy(root: Path, label: str) -> Desired:
    """Return all of a tree that is policy; its certificates are not looked at.

    Args:
        root: the folder with reconciler.yaml.
        label: what findings put before the paths, to say which tree they are about: `origin/main`.

    Raises:
        InvalidTreeError: as `load_tree` does.
    """
    from reconciler.tree.schema import Kind

    return _load(root, [kind for kind in Kind if kind is not Kind.CERTIFICATE], label)


def _load(root: Path, kinds: Collection[Kind], label: str = "") -> Desired:
    from reconciler.tree.discover import discover

    try:
        walk = discover(root, kinds, label)
    except OSError as error:
        raise InvalidTreeError([_no_tree(f"the folder {root} cannot be read: {error.strerror}")]) from None
    desired = _build(walk)
    sources = (*walk.sources, *(resource.source for resource in walk.resources))
    found = dict.fromkeys(finding for source in sources for finding in source.findings)
    findings = tuple(sorted(found, key=lambda finding: (finding.location, finding.code, finding.message)))
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise InvalidTreeError(findings)
    return replace(desired, warnings=findings)


def add_source_lines(root: Path, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings of others (the policy's, for one) about certificates with the lines of their files."""
    from reconciler.tree.files import read_text
    from reconciler.tree.source import Source

    sources: dict[str, Source] = {}
    top = root.resolve()
    shown = []
    for finding in findings:
        path = finding.location.path
        if finding.source is None and path.startswith("certificates/"):
            if path not in sources:
                sources[path] = Source(path)
                file = (root / path).resolve()
                # It may be another file by now; nothing from beyond the tree is ever shown.
                if file.is_relative_to(top) and file.suffix in (".yaml", ".json"):
                    read_text(sources[path], str(file))
            finding = replace(finding, source=sources[path].shown_line(finding.location.line))
        shown.append(finding)
    return tuple(shown)


def _build(walk: Walk) -> Desired:
    from reconciler.tree.build import build_account, build_settings
    from reconciler.tree.certificates import Known, build_certificate
    from reconciler.tree.roles import build_role
    from reconciler.tree.schema import Kind

    documents = _read(walk)
    sources = (*walk.sources, *(resource.source for resource in walk.resources))
    root_files = {walk.source(name).path for name in _ROOT_FILES}
    if not any(source.path in root_files for source in sources):
        message = "there is no reconciler.yaml in the root of the tree"
        walk.error(
            "reconciler.yaml", "no-tree", message, "an empty file will do; `reconciler init` makes one"
        )
    names = {kind: {each.name for each in walk.resources if each.kind is kind} for kind in Kind}
    settings = Settings()
    for document in documents[Kind.SETTINGS]:
        settings = build_settings(document, walk.root)
    accounts = {each.name: build_account(each) for each in documents[Kind.ACCOUNT]}
    providers = _dns_providers(documents[Kind.DNS_PROVIDER], settings)
    roles = {
        each.name: build_role(each, names[Kind.ACCOUNT], names[Kind.DNS_PROVIDER])
        for each in documents[Kind.ROLE]
    }
    known = Known(roles, names[Kind.ROLE], providers, names[Kind.DNS_PROVIDER], settings)
    certificates = {}
    for document in documents[Kind.CERTIFICATE]:
        spec = build_certificate(document, known, walk.root)
        if spec is not None:
            certificates[spec.name] = spec
    return Desired(
        settings=settings,
        accounts=accounts,
        roles=roles,
        certificates=certificates,
        identities=_identities(documents[Kind.IDENTITY]),
        dns_providers=providers,
    )


def _identities(documents: Collection[Document]) -> Mapping[str, Identity]:
    if not documents:
        return {}
    from reconciler.tree.identities import build_identities

    return build_identities(documents)


def _dns_providers(documents: Collection[Document], settings: Settings) -> dict[str, DnsProvider]:
    if not documents:
        return {}
    from reconciler.tree.dns_providers import build_dns_provider, warn_of_equals

    by_name = {each.name: each for each in documents}
    built = {name: build_dns_provider(each, settings.propagation) for name, each in by_name.items()}
    providers = {name: each for name, each in built.items() if each is not None}
    warn_of_equals(by_name, providers)
    return providers


def _read(walk: Walk) -> dict[Kind, list[Document]]:
    from reconciler.tree.document import read_document
    from reconciler.tree.schema import Kind

    documents: dict[Kind, list[Document]] = {kind: [] for kind in Kind}
    for resource in walk.resources:
        document = read_document(resource)
        if document is not None:
            documents[resource.kind].append(document)
    return documents


def _no_tree(message: str) -> Finding:
    hint = "name the tree's folder (`reconciler -C DIR ...`), or make a tree with `reconciler init`"
    return Finding("no-tree", message, Location("."), hint=hint)
