"""What a merge, and a commit's message, have to know of records: single lines, nothing is parsed.

Records are written by this program, one field a line; what somebody has made of them by hand counts as less.
"""

from __future__ import annotations

import re

from reconciler.model.order import CLOSED_STAGES, Stage

# From the first to the last. What has failed is known to have failed, by the CA's word or a person's.
_STAGES = (
    Stage.NEW,
    Stage.SUBMITTED,
    Stage.AWAITING_CHALLENGE_FULFILLMENT,
    Stage.FULFILLING_CHALLENGES,
    Stage.PROPAGATING_CHALLENGES,
    Stage.NOTIFY_ACME_SERVER_CHALLENGES_COMPLETED,
    Stage.PROCESSING_CHALLENGE,
    Stage.FETCHING_CERTIFICATE,
    Stage.EXPIRED,
    Stage.ERROR,
    Stage.COMPLETED,
    Stage.REVOKED,
)
_RENEWAL_INFO = re.compile(rb"^renewal_info:.*\n(?:[ -].*\n)*", re.MULTILINE)
_FILES = re.compile(rb"^files:\n((?:  .*\n)*)", re.MULTILINE)
_DIGEST = re.compile(rb"^  '?([a-z.]+)'?: '?([0-9a-f]{64})'?$", re.MULTILINE)
_LONGEST = 200


def field(record: bytes, name: str) -> str:
    """Return a field that is a plain word in a line of its own; empty where there is none."""
    found = re.search(rb"^%b: (.*)$" % name.encode(), record, re.MULTILINE)
    return plain(found[1].decode("utf-8", "replace").strip("'\"")) if found else ""


def plain(text: str) -> str:
    """Return a text as one line of printable ASCII; whoever reads a commit sees what it is, and no more."""
    shown = "".join(each if " " <= each <= "~" else "?" for each in text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."


def rank_of_stage(stage: str) -> int:
    """Return how far on a stage is; one that is not known is not far."""
    return _STAGES.index(Stage(stage)) if stage in _STAGES else -1


def is_open(stage: str) -> bool:
    """Say whether something is still to be done for an order."""
    return stage in _STAGES and stage not in CLOSED_STAGES


def without_renewal_info(record: bytes) -> bytes:
    """Return the record of a certificate without what the CA has said about its renewal."""
    return _RENEWAL_INFO.sub(b"", record)


def delivered_files(record: bytes) -> dict[str, str]:
    """Return the SHA-256 (hex) of the files of a certificate, by name, as its record has them."""
    block = _FILES.search(record)
    found = _DIGEST.findall(block[1]) if block else []
    return {name.decode("ascii"): digest.decode("ascii") for name, digest in found}
