"""From the files of a tree to all that they ask for: policy first, then the certificates one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.desired import Desired
from reconciler.model.settings import Settings
from reconciler.tree.build import build_account, build_settings
from reconciler.tree.certificates import Known, build_certificate
from reconciler.tree.document import read_document
from reconciler.tree.roles import build_role
from reconciler.tree.schema import Kind
from reconciler.tree.source import Source

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.dns_provider import DnsProvider
    from reconciler.model.identity import Identity
    from reconciler.tree.document import Document
    from reconciler.tree.walk import Walk


def assemble(walk: Walk, root_files: Collection[str]) -> Desired:
    """Return what the files ask for; the findings are in `walk.sources` then.

    Args:
        walk: through the tree.
        root_files: the names of files that a root may be known by.
    """
    documents = _read_policy(walk)
    shown = {walk.shown(name) for name in root_files}
    if not any(source.path in shown for source in walk.sources):
        message = "there is no reconciler.yaml in the root of the tree"
        walk.error(
            "reconciler.yaml", "no-tree", message, "an empty file will do; `reconciler init` makes one"
        )
    names: dict[Kind, set[str]] = {kind: set() for kind in Kind}
    for resource in walk.resources:
        names[resource.kind].add(resource.name)
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
    return Desired(
        settings=settings,
        accounts=accounts,
        roles=roles,
        certificates=_certificates(walk, known),
        identities=_identities(documents[Kind.IDENTITY]),
        dns_providers=providers,
    )


def _read_policy(walk: Walk) -> dict[Kind, list[Document]]:
    """Return the documents of all kinds but certificates, which refer to them."""
    documents: dict[Kind, list[Document]] = {kind: [] for kind in Kind}
    for resource in walk.resources:
        if resource.kind is not Kind.CERTIFICATE:
            source = Source(resource.path)
            walk.sources.append(source)
            document = read_document(resource, source)
            if document is not None:
                documents[resource.kind].append(document)
    return documents


def _certificates(walk: Walk, known: Known) -> dict[str, CertificateSpec]:
    """Return the certificates. Of each, text and document are let go before the next is read."""
    certificates = {}
    for resource in walk.resources:
        if resource.kind is Kind.CERTIFICATE:
            source = Source(resource.path)
            document = read_document(resource, source)
            spec = build_certificate(document, known, walk.root) if document else None
            if spec is not None:
                certificates[spec.name] = spec
            if source.findings:
                walk.sources.append(source)
    return certificates


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
