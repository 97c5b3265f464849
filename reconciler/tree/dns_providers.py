"""From documents to DNS providers: each with the fields of its service, and no others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.errors import InvalidAddressError
from reconciler.model.account import SecretReference
from reconciler.model.addresses import nameserver_address
from reconciler.model.dns_provider import SERVICES, DnsProvider, GoogleCloudDns, Lexicon, Rfc2136
from reconciler.model.fulfillment import MANUAL
from reconciler.tree.dns_settings import build_propagation, parse_seconds
from reconciler.tree.patterns import build_patterns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.dns_provider import DnsService, Propagation
    from reconciler.tree.document import Document

_OF_ALL = frozenset({"type", "identifiers", "ttl", "nameservers", "propagation"})
_SECRET = re.compile(r"secret|token|passw|credential|(^|_)key($|_)")
_TTL = 60
_GOOGLE_TTL = 10  # the seed system's
_LONGEST_TTL = 604800  # as in the schema


def build_dns_provider(document: Document, of_settings: Propagation) -> DnsProvider | None:
    """Return a DNS provider; None if it cannot be used.

    Args:
        document: the provider's.
        of_settings: what holds for all providers: what the document says goes before it, field by field.
    """
    value = document.value
    word = value.get("type")
    identifiers = build_patterns(document, value.get("identifiers", ()), "identifiers")
    if word is None:
        return None
    if document.name == MANUAL:
        message = (
            f"`{MANUAL}` is no name for a DNS provider: `fulfillment: {{dns-01: {MANUAL}}}` means people"
        )
        document.source.error("bad-name", message, hint="rename the file")
    _check_fields(document, word)
    service = _service(document, word)
    if service is None:
        return None
    return DnsProvider(
        name=document.name,
        location=document.location,
        identifiers=identifiers,
        service=service,
        ttl=_ttl(document, _GOOGLE_TTL if isinstance(service, GoogleCloudDns) else _TTL),
        propagation=build_propagation(document, value, base=of_settings),
    )


def warn_of_equals(documents: Mapping[str, Document], providers: Mapping[str, DnsProvider]) -> None:
    """Warn where two providers have one entry: which is taken is then decided by their names."""
    first: dict[str, str] = {}
    for name, provider in sorted(providers.items()):
        for number, entry in enumerate(provider.identifiers):
            before = first.setdefault(entry, name)
            if before != name:
                document = documents[name]
                document.source.warning(
                    "covered-twice",
                    f"`{entry}` is covered by the DNS provider `{before}` too, which is taken",
                    document.node("identifiers", number),
                    "remove one, or let certificates or roles choose: `fulfillment: {dns-01: ...}`",
                )


def _check_fields(document: Document, word: str) -> None:
    own = _names(SERVICES[word])
    for name in document.raw.keys() - own - _OF_ALL:
        of = [other for other, service in SERVICES.items() if name in _names(service)]
        if of:
            message = f"`{name}` has no meaning for {word}"
            hint = f"remove it; it is a field of {' and '.join(of)}"
            document.source.error("unknown-field", message, document.node(name), hint)


def _names(service: type[DnsService]) -> set[str]:
    return set(service.__struct_fields__)


def _service(document: Document, word: str) -> DnsService | None:
    service = SERVICES[word]
    given = {name: _value(each) for name, each in document.value.items() if name in _names(service)}
    if "options" in given:  # a mapping of its own, whatever the names in it
        given["options"] = {name: _value(each) for name, each in document.value["options"].items()}
    needed = service.__struct_fields__[: -len(service.__struct_defaults__) or None]
    if not given.keys() >= set(needed):
        return None
    made = service(**given)
    if isinstance(made, Rfc2136):
        _check_nameserver(document, made.nameserver)
    if isinstance(made, Lexicon):
        _check_options(document, made)
    return made


def _value(given: Any) -> Any:  # noqa: ANN401 - what a document can hold
    is_reference = isinstance(given, dict) and given.keys() <= {"env", "file"}
    return SecretReference(**given) if is_reference else given


def _ttl(document: Document, default: int) -> int:
    """Return the time to live in seconds; the schema sees to its limits only where it is a number."""
    if "ttl" not in document.value:
        return default
    seconds = int(parse_seconds(document.value["ttl"]).total_seconds())
    if not 1 <= seconds <= _LONGEST_TTL:
        document.source.error("bad-value", "`ttl` is from 1s to 7d", document.node("ttl"))
    return seconds


def _check_nameserver(document: Document, text: str) -> None:
    try:
        nameserver_address(text)
    except InvalidAddressError as error:
        document.source.error("bad-value", f"`nameserver`: {error}", document.node("nameserver"))


def _check_options(document: Document, lexicon: Lexicon) -> None:
    for name, option in lexicon.options.items():
        if isinstance(option, str) and _SECRET.search(name):
            document.source.error(
                "literal-secret",
                f"`options.{name}` is a secret and does not belong in a file",
                document.node("options", name),
                "say where it is: {env: NAME} or {file: PATH}",
            )
