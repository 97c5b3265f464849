"""The standing records that a tree needs: of the certificates that may be had by dns-persist-01."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reconciler.model.role import ChallengeType
from reconciler.orders.choice import fits
from reconciler.orders.records import ResourceRecord
from reconciler.orders.standing import FOR_WILDCARD, STANDING_TTL, StandingRecord, standing_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.model.account import Account, AccountSpec
    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.identifier import Identifier
    from reconciler.model.order import Order


class Unready(StrEnum):
    """Why a standing record cannot be told yet."""

    NOT_REGISTERED = "account_not_registered"
    NO_ISSUER = "issuer_unknown"


class Needed(Struct, frozen=True):
    """A standing record of one certificate.

    Attributes:
        record: or why it cannot be told yet.
    """

    certificate_name: str
    account_name: str
    identifier: Identifier
    record: StandingRecord | Unready


def issuers_of(account: Account, orders: Iterable[Order]) -> tuple[str, ...]:
    """Return what the CA of an account calls itself in the DNS, for dns-persist-01; empty if that is unknown.

    Args:
        account: as the CA knows it; its record has what the CA's directory says.
        orders: of any account. A challenge of the newest is nearer to the truth than the directory.
    """
    # An account of that name that there was before may have been one of another CA.
    own = [
        each
        for each in orders
        if each.account_name == account.name and each.creation_date >= account.creation_date
    ]
    for order in sorted(own, key=lambda each: each.creation_date, reverse=True):
        for authorization in order.authorizations:
            for challenge in authorization.challenges:
                if challenge.issuer_domain_names:
                    return challenge.issuer_domain_names
    return account.caa_identities


class StandingRecords:
    """Tells standing records, by what the state knows of accounts."""

    def __init__(
        self, wanted: Mapping[str, AccountSpec], accounts: Mapping[str, Account], orders: Iterable[Order]
    ) -> None:
        """Take the tree's accounts, and the state's accounts and orders."""
        self._wanted = wanted
        self._accounts = accounts
        self._orders = tuple(orders)
        self._issuers: dict[str, tuple[str, ...]] = {}

    def record(
        self, spec: CertificateSpec, identifier: Identifier, *, with_wildcard: bool = False
    ) -> StandingRecord | Unready:
        """Return the record for an identifier of a certificate, or why it cannot be told yet.

        Args:
            spec: the certificate.
            identifier: of it.
            with_wildcard: whether the record is to serve the wildcard over the name as well.
        """
        name = spec.role.acme_account_name
        account, wanted = self._accounts.get(name), self._wanted.get(name)
        if account is None or account.account_url is None:
            return Unready.NOT_REGISTERED
        if wanted is not None and wanted.directory_url != account.directory_url:
            return Unready.NOT_REGISTERED
        if name not in self._issuers:
            self._issuers[name] = issuers_of(account, self._orders)
        if not self._issuers[name]:
            return Unready.NO_ISSUER
        methods = [each for each in spec.challenge_types if fits(each, identifier)]
        issuer = self._issuers[name][0]
        return standing_record(identifier, account.account_url, issuer, methods, with_wildcard=with_wildcard)

    def needed(self, specs: Iterable[CertificateSpec]) -> tuple[Needed, ...]:
        """Return the records of all certificates that may be had by dns-persist-01."""
        return tuple(
            Needed(spec.name, spec.role.acme_account_name, identifier, self.record(spec, identifier))
            for spec in specs
            if ChallengeType.DNS_PERSIST_01 in spec.challenge_types
            for identifier in spec.identifiers
            if fits(ChallengeType.DNS_PERSIST_01, identifier)
        )


def txt_record(record: StandingRecord) -> ResourceRecord:
    """Return the TXT record of a standing record."""
    return ResourceRecord(record.name, "TXT", STANDING_TTL, record.value)


def caa_record(record: StandingRecord) -> ResourceRecord:
    """Return the CAA record that goes with a standing record."""
    return ResourceRecord(record.caa_name, "CAA", STANDING_TTL, record.caa_value, record.caa_tag)


def standing_resource_records(
    needed: Iterable[Needed], *, caa: bool = True
) -> dict[ResourceRecord, tuple[str, ...]]:
    """Return the records to be made, sorted, each with the certificates that need it.

    Certificates for one name, and for the wildcard over it, share a TXT record; a CAA record allows what any
    of them may be had by.

    Args:
        needed: those that cannot be told yet are left out.
        caa: whether to return CAA records as well.
    """
    records: defaultdict[ResourceRecord, set[str]] = defaultdict(set)
    allowed: defaultdict[tuple[str, str, str], tuple[set[str], set[str]]] = defaultdict(
        lambda: (set(), set())
    )
    for each in needed:
        if isinstance(record := each.record, Unready):
            continue
        records[txt_record(record)].add(each.certificate_name)
        whom, _, methods = record.caa_value.rpartition("=")
        certificates, types = allowed[record.caa_name, record.caa_tag, whom]
        certificates.add(each.certificate_name)
        types.update(methods.split(","))
    for text in list(records):
        wider = replace(text, value=f"{text.value}{FOR_WILDCARD}")
        if wider in records:
            records[wider] |= records.pop(text)
    if caa:
        for (name, tag, whom), (certificates, types) in allowed.items():
            value = f"{whom}={','.join(sorted(types))}"
            records[ResourceRecord(name, "CAA", STANDING_TTL, value, tag)] |= certificates
    return {record: tuple(sorted(records[record])) for record in sorted(records)}
