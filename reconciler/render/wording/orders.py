"""The words for how far an order has come, what went wrong, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.model.order import Stage
from reconciler.render.text import clean, distance, one_line, time_text

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.model.problem import Problem

# By the code of the problem: those of RFC 8555 section 6.7, then our own.
_ADVICE = {
    "accountDoesNotExist": (
        "the CA does not know this account: check directory_url; if the CA has lost it, "
        "`reconciler account deactivate NAME --force` puts it away, and the next apply registers another"
    ),
    "caa": "the CAA records of this name forbid this CA: add one for it, or use another CA",
    "connection": "the CA could not connect: check address records, firewalls, and port 80 or 443",
    "dns": "the CA could not look the name up: check its DNS records and name servers",
    "externalAccountRequired": "this CA wants eab_kid and eab_key in the account's file; ask it for them",
    "incorrectResponse": "something else was there than the instructions say: compare the two",
    "invalidContact": "the CA does not accept these addresses: check email_contacts",
    "invalidProfile": (
        "the CA does not issue this by that profile: choose another in the certificate's profile, or in the "
        "role's allowed_profiles"
    ),
    "rateLimited": "a limit of the CA is reached: nothing to do but to wait",
    "rejectedIdentifier": "this CA does not issue for this name: remove it, or use another CA",
    "serverInternal": "the CA has a fault of its own: nothing to do but to wait",
    "tls": "the CA could not make a TLS connection: check what answers on port 443",
    "accountKeyInRequest": "make another key, and a CSR for that",
    "accountGone": (
        "if another copy of this state has changed its key, go on with that one; otherwise `reconciler "
        "account deactivate NAME --force` puts the account away, and the next apply registers another; each "
        "apply asks the CA once whether it has changed its mind"
    ),
    "alreadyReplaced": "the CA has another order in the place of this certificate: see who made it",
    "alreadyRevoked": "nothing to do: it is revoked",
    "badRevocationReason": "the CA does not take this reason: give another one",
    "cancelled": "`reconciler order retry ORDER` has another order made; or change what is asked for",
    "completedElsewhere": (
        "bring the two copies of the state together: the other has key and certificate; or let another "
        "certificate be ordered: `reconciler order retry ORDER`"
    ),
    "accountUnusable": "mend what is said of the account; this follows by itself",
    "account": "mend the account's file, then apply again",
    "unauthorized": "the CA did not find the answer where it looked: look at it from outside your network",
    "unsupportedIdentifier": "this CA has no certificates for this kind of identifier: use another CA",
    "userActionRequired": "the CA wants you to agree to something: follow the link",
    "noUsableChallenge": "allow a type that the CA offers, in the role and in the certificate",
    "caUnavailable": "nothing to do if the CA comes back; else check directory_url, trusted_ca, network",
    "challenge": "correct what the problem names, then apply again: the same order goes on",
    "delivery": "nothing is lost, the certificate is in the state: mend what the problem names",
    "orderExpired": "the challenges were not fulfilled in time; the next order has new ones",
    "profileNotOffered": "choose one that the CA offers, in the certificate's profile or in the role",
    "secret": "the tree only says where the secret is: put it there",
    "state": "see that state/ is whole and can be written; its private keys are not in Git",
}
# What means something else when it is said of an account.
_ACCOUNT_ADVICE = {
    "unauthorized": "the CA refuses this account: check eab_kid and eab_key, and whether it was deactivated",
}


def stage_text(stage: Stage) -> str:  # noqa: C901 - one line for each stage
    """Return what an order in this stage does; goes on from `the order ...`."""
    match stage:
        case Stage.NEW:
            return "is to be submitted"
        case Stage.SUBMITTED:
            return "is submitted; its authorizations are read"
        case Stage.AWAITING_CHALLENGE_FULFILLMENT:
            return "waits for people to fulfil its challenges"
        case Stage.FULFILLING_CHALLENGES:
            return "fulfils its challenges"
        case Stage.PROPAGATING_CHALLENGES:
            return "waits until its challenges can be seen"
        case Stage.NOTIFY_ACME_SERVER_CHALLENGES_COMPLETED:
            return "tells the CA that its challenges are fulfilled"
        case Stage.PROCESSING_CHALLENGE:
            return "waits while the CA checks its challenges"
        case Stage.FETCHING_CERTIFICATE:
            return "is authorized and fetches its certificate"
        case Stage.COMPLETED:
            return "is completed"
        case Stage.EXPIRED:
            return "has expired"
        case Stage.REVOKED:
            return "has its certificate revoked"
        case Stage.ERROR:
            return "has failed"
        case _:
            assert_never(stage)


def problem_lines(problem: Problem) -> list[str]:
    """Return what a CA, or this program, says of a failure: its own words, then each identifier's."""
    below = [line for each in problem.subproblems for line in problem_lines(each)]
    own = one_line(f"{problem.code}: {problem.detail}" if problem.detail else problem.code)
    if problem.identifier:
        return [f"{clean(problem.identifier)}: {own}", *below]
    # A problem that only repeats one of its subproblems says nothing more.
    return below if any(line.endswith(own) for line in below) else [own, *below]


def problem_text(problem: Problem) -> str:
    """Return the same in one line."""
    see = f" (see {clean(problem.help_url)})" if problem.help_url else ""
    return "; ".join(problem_lines(problem)) + see


def expiry_text(not_after: datetime, now: datetime) -> str:
    """Return when a certificate ends, or has ended."""
    word = "expires" if not_after > now else "expired"
    return f"{word} {time_text(not_after)}, {distance(not_after, now)}"


def advice_for(problem: Problem, *, of_account: bool = False) -> list[str]:
    """Return what to do about a failure: one piece of advice for each kind of thing that is wrong."""
    below = [advice for each in problem.subproblems for advice in advice_for(each, of_account=of_account)]
    own = (_ADVICE | _ACCOUNT_ADVICE if of_account else _ADVICE).get(problem.code)
    return list(dict.fromkeys([*below, own] if own else below))
