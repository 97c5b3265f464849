"""The words for why something is in a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.plan import reasons as why
from reconciler.render.text import clean, count, duration_text, names, time_text
from reconciler.render.wording.orders import expiry_text, problem_text, stage_text
from reconciler.render.wording.permissions import permissions_text

if TYPE_CHECKING:
    from datetime import datetime


def reason_text(reason: why.Reason, now: datetime) -> str:  # noqa: C901 - one line for each
    """Return why something is done."""
    match reason:
        case why.NewCertificate():
            return "there is no certificate of this name yet"
        case why.IdentifiersChanged(added, removed):
            changes = (*(f"+ {each.text}" for each in added), *(f"- {each.text}" for each in removed))
            return f"identifiers changed: {clean(' '.join(changes))}"
        case why.KeyTypeChanged(before, after):
            return f"key type changed: {before} -> {after}"
        case why.CsrChanged(None):
            return "the key is now the requester's own: a CSR takes the place of a key made here"
        case why.CsrChanged(_, None):
            return "the key is now made here: there is no CSR any more"
        case why.CsrChanged():
            return "the CSR is another one"
        case why.RoleChanged(before, after):
            return f"role changed: {clean(before)} -> {clean(after)}"
        case why.AccountChanged(before, after):
            return f"account changed: {clean(before)} -> {clean(after)}"
        case why.ProfileChanged(before, after):
            return f"profile changed: {clean(before) if before else 'left to the CA'} -> {clean(after)}"
        case why.MustStapleChanged(after):
            return "it is to demand OCSP stapling" if after else "it is no longer to demand OCSP stapling"
        case why.EndChanged(before, after):
            return f"not_after changed: {clean(before) if before else 'left to the CA'} -> {clean(after)}"
        case why.RenewalDue(since, not_after, suggested, url):
            who = ", as the CA suggests" if suggested else ""
            explained = f"; the CA says why: {clean(url)}" if url else ""
            return f"renewal due since {time_text(since)}{who} ({expiry_text(not_after, now)}){explained}"
        case why.CertificateRevoked(date, revoked_for):
            return f"it was revoked {time_text(date)} ({revoked_for})"
        case why.RevocationRequested(revoked_for):
            return f"the tree asks for it to be revoked ({revoked_for})"
        case why.EndPassed(moment):
            return f"the not_after that is asked for is past: {time_text(moment)}"
        case why.FilesMissing(files):
            return f"files missing: {names(files)}"
        case why.FilesAltered(files):
            return f"files altered: {names(files)}"
        case why.FilesSuperseded(files):
            return f"files of the certificate before it are still there: {names(files)}"
        case why.PermissionsDiffer(permissions):
            return permissions_text(permissions)
        case why.OrderOpen(_, stage, next_work_date):
            return f"it {stage_text(stage)}{_not_before(next_work_date, now)}"
        case why.OrderFailed(order_id, attempt, _, problem):
            failure = f": {problem_text(problem)}" if problem else ""
            return f"attempt {attempt} failed (order {clean(order_id)}){failure}"
        case why.OrderHeld(order_id, problem):
            return f"order {clean(order_id)}: {clean(problem.detail)}"
        case why.OrderExpired(order_id):
            return f"order {clean(order_id)} expired before its challenges were fulfilled"
        case why.NoLongerRequested():
            return "the tree no longer asks for it"
        case why.AccountNotRegistered():
            return "the CA does not know this account yet, and certificates need it"
        case why.ContactsChanged(before, after):
            return f"contacts changed: {names(before) or 'none'} -> {names(after) or 'none'}"
        case why.TrustedCaChanged():
            return "the CA behind the TLS of the server is another one (nothing is sent)"
        case why.AdditionalHostsChanged(before, after):
            hosts = f"{names(before) or 'none'} -> {names(after) or 'none'}"
            return f"hosts that may be asked besides: {hosts} (nothing is sent)"
        case why.KeyTooOld(version, made, max_age, since):
            return (
                f"key version {version} was made {time_text(made)}, and may be {duration_text(max_age)} old: "
                f"due since {time_text(since)}"
            )
        case why.KeyChangePending(version):
            return f"the change to key version {version} was begun, and its answer was lost"
        case why.OrdersUnderWay(order_ids):
            orders = count(len(order_ids), "order")
            return f"{orders} under way, whose challenges are tied to the key: {names(order_ids)}"
        case why.LeftBehind(_, identifiers):
            shown = names(each.text for each in identifiers)
            return f"what was presented to the CA is still there: {shown}"
        case why.AnotherOrder(order_id):
            return (
                f"two runs have each made an order for it, and order {clean(order_id)} is the one that counts"
            )
        case why.ClaimedElsewhere(_, holder, until, url, account):
            what = f"the account {clean(account)} is" if account else "it is"
            page = f", {clean(url)}" if url else ""
            return (
                f"{what} under way in another run of apply ({clean(holder)}{page}) until {time_text(until)}"
            )
        case why.RecordFlawed(place):
            return f"a record that it depends on cannot be read: {clean(place)}"
        case why.EncryptionTurnedOn():
            return "the settings name recipients, and the keys are not encrypted yet"
        case why.EncryptionTurnedOff():
            return "the settings name no recipients any more"
        case why.RecipientsChanged():
            return "the settings name other recipients"
        case why.ReencryptionUnfinished():
            return "an earlier run began with it, and did not come to the end"
        case why.KeysInClear(number):
            return f"{count(number, 'key')} in clear, though the settings name recipients"
        case _:
            assert_never(reason)


def _not_before(time: datetime | None, now: datetime) -> str:
    return f"; nothing to do before {time_text(time)}" if time is not None and time > now else ""
