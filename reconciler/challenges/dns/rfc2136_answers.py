"""What an answer to a dynamic update means, and what to do about it."""

from __future__ import annotations


def advice(code: str, zone: str, key: str | None) -> str:
    """Say what the server's answer means, as the end of a sentence that begins with the server.

    Args:
        code: the answer's code (RFC 2136 section 2.2), no success.
        zone: that was to be changed.
        key: the name of the TSIG key, if the change was signed.
    """
    match code:
        case "REFUSED":
            if key is None:
                return (
                    f"refuses a change of the zone {zone} without a key (REFUSED): give one by"
                    " `tsig_key_name` and `tsig_secret`"
                )
            return (
                f"refuses a change of the zone {zone} by the key {key} (REFUSED): allow it to change TXT"
                " records there (`allow-update` or `update-policy` in BIND), and see that this is the zone's"
                " primary"
            )
        case "NOTAUTH":
            return (
                f"is not in charge of the zone {zone} (NOTAUTH): let `nameserver` be the address of that"
                " zone's primary; if your own servers see other zones than the rest of the world, name them"
                " as `nameservers` beside it"
            )
        case "NOTZONE":
            return (
                f"finds a record outside the zone {zone} (NOTZONE): the zone was found at other servers than"
                " this one; name its own servers as `nameservers` beside `nameserver`"
            )
        case "SERVFAIL":
            return (
                f"failed to change the zone {zone} (SERVFAIL): its log says why; often it may not write the"
                " zone's file or journal"
            )
        case "NOTIMP":
            return "takes no dynamic updates (NOTIMP): let `nameserver` be one that does"
        case "FORMERR":
            return "does not understand the update (FORMERR): does it know dynamic update (RFC 2136) at all?"
        case _:
            return f"answers {code} to a change of the zone {zone}: its log may say why"


def why_tsig_failed(error: Exception, key: str | None, algorithm: str) -> str | None:
    """Say what went wrong with the signatures (RFC 8945 section 5); None if it was something else."""
    import dns.exception
    import dns.tsig

    match error:
        case dns.exception.FormError() if key:
            # A missing signature comes as this, from all but old versions of the library.
            return unsigned(key)
        case dns.tsig.PeerBadKey():
            return (
                f"does not know the key {key} with {algorithm} (BADKEY): compare `tsig_key_name` and"
                " `tsig_algorithm` with the key in its configuration"
            )
        case dns.tsig.PeerBadSignature() | dns.tsig.PeerBadTruncation():
            return (
                f"has another secret for the key {key} (BADSIG): compare `tsig_secret` with the key in its"
                " configuration"
            )
        case dns.tsig.PeerBadTime() | dns.tsig.BadTime():
            return "has a clock that differs from this machine's (BADTIME): set both right"
        case dns.tsig.BadSignature() | dns.tsig.BadKey() | dns.tsig.BadAlgorithm():
            return (
                f"signs its answer with something else than the key {key}: is it the server that you think it"
                " is? The change may have been made"
            )
        case dns.tsig.PeerError():
            return f"does not accept the signature by the key {key}: its log may say why"
        case _:
            return None


def unsigned(key: str | None) -> str:
    """Say that an answer bears no signature where it must (RFC 8945 section 5.4)."""
    return (
        f"does not sign its answer with the key {key}: does it take signed updates, and is nobody between it"
        " and this machine? The change may not have been made; its log may say why"
    )
