"""One question to one server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.challenges.routes import is_no_route

if TYPE_CHECKING:
    from dns.message import Message

    from reconciler.model.addresses import Address


class SilenceError(Exception):
    """The server gave no answer that fits the question."""


class NoRouteError(Exception):
    """This machine has no way to that address, nor to others of its kind."""


def exchange(question: Message, address: Address, seconds: float) -> Message:
    """Ask over UDP, and over TCP where the answer is too long for that or does not come.

    What does not fit the question (its id, name, sender) is passed over, as if it had not come.

    Args:
        question: what to ask.
        address: whom.
        seconds: for each of the two.

    Raises:
        SilenceError, NoRouteError: there is no answer.
    """
    import dns.exception
    import dns.query

    try:
        return dns.query.udp(
            question,
            address.ip,
            seconds,
            address.port,
            raise_on_truncation=True,
            ignore_unexpected=True,
            ignore_errors=True,
        )
    except dns.exception.DNSException:
        pass  # truncated, or nothing came
    except OSError as error:
        if is_no_route(error):
            raise NoRouteError from error
    try:
        # What was sent by UDP had a route: a host that is not there any more is one that is silent.
        return dns.query.tcp(question, address.ip, seconds, address.port)
    except (dns.exception.DNSException, OSError, EOFError) as error:
        raise SilenceError from error
