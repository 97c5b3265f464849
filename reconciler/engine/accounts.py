"""What is done with accounts beside the change of keys: registering, finding, updating, deactivating."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler import errors, pki
from reconciler.ca.port import ExternalAccountBinding
from reconciler.engine.account_health import gone, is_refusal_of_account
from reconciler.engine.cleanup import clean_up
from reconciler.engine.key_change import settle
from reconciler.engine.secrets import decode_mac_key, read_secret
from reconciler.model.account import Account, AccountKey, AccountSpec
from reconciler.model.finding import Location
from reconciler.model.order import Status
from reconciler.model.problem import OWN_ERROR, Problem
from reconciler.orders.machine import Word, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.ca.port import AccountAnswer, CertificateAuthority, Directory
    from reconciler.engine.work import Workplace
    from reconciler.model.order import Order


_MAIL = "mailto:"
_DEACTIVATED = f"{OWN_ERROR}deactivated"


def spec_of(account: Account, wanted: Mapping[str, AccountSpec]) -> AccountSpec:
    """Return how to reach the CA of an account: as the tree says, or as the record remembers."""
    spec = wanted.get(account.name)
    if spec is not None and spec.directory_url == account.directory_url:
        return spec
    here = Location(f"accounts/{account.name}.yaml", 1, 1)
    return AccountSpec(
        account.name,
        account.directory_url,
        here,
        trusted_ca=account.trusted_ca,
        additional_hosts=account.additional_hosts,
    )


def connected(place: Workplace, account: Account, spec: AccountSpec) -> CertificateAuthority:
    """Return the CA as an account sees it.

    Raises:
        StateError: the key cannot be read.
        CAError: where the CA is, or its TLS, cannot be used.
    """
    key = place.store.account_key(account.name, account.active_key_version)
    try:
        return place.connect(spec, key, account.account_url)
    except errors.StateError as error:
        raise errors.StateError(f"the key of the account {account.name}: {error}") from None


def reached(
    place: Workplace, account: Account, wanted: Mapping[str, AccountSpec]
) -> tuple[Account, CertificateAuthority]:
    """Return an account with the key that holds, and the CA as it sees it.

    Raises:
        AccountGoneError: the CA does not accept it.
        StateError: the key cannot be read.
        CAError: the CA cannot be asked.
    """
    spec = spec_of(account, wanted)
    account = settle(place, spec, account)
    return account, connected(place, account, spec)


def new_account(place: Workplace, spec: AccountSpec, key: bytes | None = None) -> Account:
    """Have a key on disk, then the record, before the CA hears of either.

    A key that is there without a record is used: the CA may know it, and then answers with its account. Of
    several the CA is asked: the record was lost after the key was changed, and only one is the account's.

    Args:
        place: store, clock and CA.
        spec: the account as the tree wants it.
        key: one that exists already (PEM), None to make one.

    Raises:
        CAError: the CA cannot be asked.
        StateError: a key cannot be read, or something not be written.
    """
    now, store, name = place.clock.now(), place.store, spec.name
    if key is not None or not store.account_key_versions(name):
        store.save_account_key(name, 0, key or pki.generate_key(spec.key_type))
    keys = {version: store.account_key(name, version) for version in store.account_key_versions(name)}
    account = Account(
        name=name,
        directory_url=spec.directory_url,
        account_keys=tuple(
            AccountKey(version, pki.key_type_of(pem), now, place.connect(spec, pem, None).thumbprint)
            for version, pem in keys.items()
        ),
        active_key_version=0 if key is not None else _version_in_use(place, spec, keys),
        creation_date=now,
        last_updated_date=now,
        trusted_ca=spec.trusted_ca,
        additional_hosts=spec.additional_hosts,
    )
    store.save_account(account)
    return account


def _version_in_use(place: Workplace, spec: AccountSpec, keys: Mapping[int, bytes]) -> int:
    """Return the version of the key that the CA has an account for; where it has none, that of the first."""
    first, *others = keys
    newest_first = (*reversed(others), first) if others else ()
    known = (each for each in newest_first if place.connect(spec, keys[each], None).find_account())
    return next(known, first)


def register(place: Workplace, spec: AccountSpec, account: Account, ca: CertificateAuthority) -> Account:
    """Register (RFC 8555 section 7.3); for a key that it knows the CA answers with its account."""
    directory = ca.directory()
    _check_terms(spec, directory)
    answer = ca.new_account(
        spec.email_contacts,
        terms_of_service_agreed=spec.terms_of_service_agreed,
        external_account_binding=_binding(place, spec, directory),
    )
    return registered(place, account, answer, spec.email_contacts, directory.caa_identities)


def registered(
    place: Workplace,
    account: Account,
    answer: AccountAnswer,
    contacts: tuple[str, ...],
    caa_identities: tuple[str, ...],
) -> Account:
    """Keep what the CA has answered to newAccount.

    Args:
        place: store and clock.
        account: as it was before.
        answer: the CA's.
        contacts: that the CA was told.
        caa_identities: that its directory has.

    Raises:
        AccountGoneError: the account is there, and cannot be used.
    """
    if answer.status is not Status.VALID:
        raise gone(account.name, answer.status)
    # A key that the CA knew has an account with contacts of its own; not every CA tells them.
    told = tuple(each.removeprefix(_MAIL) for each in answer.contact if each.startswith(_MAIL))
    account = replace(
        account,
        account_url=answer.url,
        orders_url=answer.orders,
        email_contacts=told or contacts,
        caa_identities=caa_identities,
        last_updated_date=place.clock.now(),
    )
    place.store.save_account(account)
    return account


def update(place: Workplace, spec: AccountSpec, account: Account, ca: CertificateAuthority) -> Account:
    """Tell the CA of the contacts that the tree has (RFC 8555 section 7.3.2); remember how to reach it."""
    if set(account.email_contacts) != set(spec.email_contacts):
        ca.update_account(spec.email_contacts)
        account = replace(account, caa_identities=ca.directory().caa_identities)
    account = replace(
        account,
        email_contacts=spec.email_contacts,
        trusted_ca=spec.trusted_ca,
        additional_hosts=spec.additional_hosts,
        last_updated_date=place.clock.now(),
    )
    place.store.save_account(account)
    return account


def deactivate(place: Workplace, spec: AccountSpec, account: Account) -> None:
    """Deactivate an account at the CA (RFC 8555 section 7.3.6), and archive it.

    That the CA has deactivated or forgotten it before is no error.

    Raises:
        CAError: the CA did not do it.
        AccountError: the CA knows nothing of the key: the account may live on with another one.
        StateError: it could not be archived.
        RecordError: an order that may be one of this account cannot be read; nothing was done.
    """
    # First: one that cannot be read could not be given up.
    orders = place.store.open_orders_through(account.name)
    if account.last_error is None or account.last_error.type != _DEACTIVATED:
        if account.account_url is not None:
            _end(place, spec, account)
        # Written first, so that a run which was killed in between does not need the keys that it moved.
        problem = Problem(_DEACTIVATED, "it was deactivated")
        account = replace(account, last_error=problem, last_updated_date=place.clock.now())
        place.store.save_account(account)
    for order in orders:
        _give_up(place, order, account)
    place.store.archive_account(account)


def _give_up(place: Workplace, order: Order, account: Account) -> None:
    """End an order that no account has any more; another is made at once if one is wanted."""
    clean_up(place, order, account.responder)
    place.store.save_order(
        replace(
            order,
            stage=told(order.stage, Word.CANCELLED),
            last_error=Problem(_DEACTIVATED, f"the account {account.name} was deactivated"),
            next_work_date=None,
            retry_wanted=True,
            last_update=place.clock.now(),
        )
    )


def _end(place: Workplace, spec: AccountSpec, account: Account) -> None:
    try:
        account = settle(place, spec, account)
        if connected(place, account, spec).deactivate_account().status is Status.VALID:
            raise errors.ProtocolError(f"the CA was to deactivate the account {account.name}, and did not")
    except (errors.AccountGoneError, errors.ProblemError) as error:
        problem = error.problem
        if problem.code == "accountDoesNotExist":
            return
        if isinstance(error, errors.ProblemError) and not is_refusal_of_account(problem):
            raise
        if not _has_ended(place, spec, account):
            raise


def _has_ended(place: Workplace, spec: AccountSpec, account: Account) -> bool:
    """Say whether the CA means that the account is not valid any more, and not that its key is wrong.

    Raises:
        AccountError: the CA knows none of the keys.
    """
    for version in {account.active_key_version, account.pending_key_version} - {None}:
        key = place.store.account_key(account.name, version or 0)
        try:
            found = place.connect(spec, key, None).find_account()
        except errors.ProblemError as error:
            return error.problem.code == "unauthorized"
        if found is not None:
            return found.status is not Status.VALID
    raise errors.AccountError(
        f"the CA does not know the key of the account {account.name}: it may have another one by now"
    )


def _check_terms(spec: AccountSpec, directory: Directory) -> None:
    if directory.terms_of_service and not spec.terms_of_service_agreed:
        raise errors.AccountError(
            f"the CA wants its terms of service agreed to: read {directory.terms_of_service}, then set "
            f"`terms_of_service_agreed: true` in {spec.location.path}"
        )


def _binding(place: Workplace, spec: AccountSpec, directory: Directory) -> ExternalAccountBinding | None:
    if spec.eab_kid and spec.eab_key:
        key = decode_mac_key(read_secret(spec.eab_key, place.root), spec.eab_key)
        return ExternalAccountBinding(spec.eab_kid, key)
    if directory.external_account_required:
        raise errors.AccountError(
            "the CA wants an external account binding: set `eab_kid` and `eab_key` in "
            f"{spec.location.path} to what the CA has given you"
        )
    return None
