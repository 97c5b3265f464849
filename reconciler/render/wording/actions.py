"""The words for what an action is about, beside its title and its reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.plan import actions as do
from reconciler.render.evidence import evidence_lines
from reconciler.render.text import clean, names
from reconciler.render.wording.encryption import reencryption_lines
from reconciler.render.wording.methods import challenge_lines

if TYPE_CHECKING:
    from reconciler.model.certificate import Certificate, CertificateSpec
    from reconciler.model.order import Order


def detail_lines(action: do.Action) -> list[str]:
    """Return what is asked for, of whom, and on what it is allowed.

    Lines that belong to the one before them begin with spaces.
    """
    match action:
        case do.ReencryptKeys():
            return reencryption_lines(action)
        case do.RegisterAccount(account=account):
            contacts = f", contacts {names(account.email_contacts)}" if account.email_contacts else ""
            return [f"at {clean(account.directory_url)}, key {account.key_type}{contacts}"]
        case do.CreateOrder(spec=spec, current=current, previous=previous, evidence=evidence):
            return [
                *_specification(spec, current),
                *challenge_lines(action.challenges),
                *evidence_lines(evidence, spec.role.name),
                *_given_up(previous),
            ]
        case do.ResumeOrder(spec=spec, evidence=evidence):
            return [
                f"for {_identifiers(spec)}",
                *challenge_lines(action.challenges),
                *evidence_lines(evidence, spec.role.name),
            ]
        case do.RotateKey(account=account):
            return [f"at {clean(account.directory_url)}, new key {account.key_type}"]
        case do.DeactivateAccount(account=known):
            return [f"at {clean(known.directory_url)}"]
        case (
            do.UpdateAccount()
            | do.AbandonOrder()
            | do.DeliverCertificate()
            | do.RevokeCertificate()
            | do.ForgetCertificate()
            | do.CleanUp()
        ):
            return []
        case _:
            assert_never(action)


def record_lines(action: do.Action) -> list[tuple[str, list[str]]]:
    """Return what is said of records that have to stand, each with the records, to be copied whole."""
    if not isinstance(action, do.CreateOrder):
        return []
    from reconciler.render.wording.standing import standing_lines  # loads the rules of CAA records

    return standing_lines(action.challenges)


def _given_up(order: Order | None) -> list[str]:
    if order is None or not order.is_open:
        return []
    return [f"order {clean(order.order_id)}, which asks for something else, is given up"]


def _specification(spec: CertificateSpec, current: Certificate | None) -> list[str]:
    account = clean(spec.role.acme_account_name)
    key = " with the requester (CSR)" if spec.csr else ""
    if current is not None and spec.csr_digest is not None and spec.csr_digest == current.csr_digest:
        key = " with the requester (the same CSR)"
    parts = [f"by role {clean(spec.role.name)}, account {account}, key {spec.key_type}{key}"]
    parts += [f"profile {clean(spec.asked_profile)}"] if spec.asked_profile else []
    parts += ["the key it has"] if spec.reuse_key and current is not None else []
    parts += ["must-staple"] if spec.must_staple else []
    parts += [f"until {spec.not_after}"] if spec.not_after and spec.not_after.moment else []
    parts += [f"for {spec.not_after}"] if spec.not_after and spec.not_after.after else []
    return [f"for {_identifiers(spec)}", ", ".join(parts)]


def _identifiers(spec: CertificateSpec) -> str:
    return names(identifier.text for identifier in spec.identifiers)
