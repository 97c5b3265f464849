"""Each kind of entry of the log, with facts as a run writes them."""

from __future__ import annotations

import datetime as dt

from reconciler.model.log import LogEntry, LogEvent, LogLine

RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
SSH_RECIPIENT = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMEBMr+Jo5oeh+CRfI7gtg1/ljehJraPv6JQM6cQ++RG"
NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
ORDER = "01977b8a-3f00-7b1c-8d2e-5a6b7c8d9e0f"
CLAIM = {
    "proved": False,
    "commit": "9c3ad551e1fdec98900f523db1579d6f7cd4a698",
    "author_name": "A. Person",
    "author_email": "a@example.com",
}
PROOF = {
    "proved": True,
    "commit": "9c3ad551e1fdec98900f523db1579d6f7cd4a698",
    "fingerprint": "SHA256:V+m9X",
    "entity_id": "id-1",
    "entity_name": "alice",
}
PROBLEM = {"type": "urn:x", "detail": "rateLimited: too many"}
OF_ORDER: dict[str, object] = {"certificate": "shop/www", "order_id": ORDER}
SAMPLES: list[tuple[str, dict[str, object]]] = [
    (
        LogEvent.RUN_STARTED,
        {
            "command": "reconciler apply",
            "version": "1.0",
            "user": "root",
            "host": "runner-1",
            "actor": "octocat",
            "commit": "aabfb8ddb5676da3a87ca51318359bc63e8ae050",
            "is_modified": True,
            "run_url": "https://github.com/acme/certs/actions/runs/1",
        },
    ),
    (LogEvent.RUN_STARTED, {"command": "reconciler order cancel", "user": "root", "host": "pc"}),
    (LogEvent.ACCOUNT_REGISTERED, {"account": "le", "account_url": "https://ca.test/acct/1"}),
    (LogEvent.ACCOUNT_UPDATED, {"account": "le"}),
    (
        LogEvent.ACCOUNT_KEY_ROTATED,
        {
            "account": "le",
            "old_active_key_version": 0,
            "new_active_key_version": 1,
            "key_type": "ec-256",
        },
    ),
    (LogEvent.ACCOUNT_DEACTIVATED, {"account": "le"}),
    (LogEvent.ACCOUNT_IMPORTED, {"account": "le", "account_url": "https://ca.test/acct/1"}),
    (LogEvent.ACCOUNT_FAILED, {"account": "le", "problem": PROBLEM}),
    (LogEvent.ORDER_SUBMITTED, {**OF_ORDER, "account": "le", "reasons": ["new"], "requester": CLAIM}),
    (LogEvent.ORDER_SUBMITTED, {**OF_ORDER, "account": "le", "reasons": ["renewal_due"], "requester": PROOF}),
    (LogEvent.ORDER_SUBMITTED, {**OF_ORDER, "account": "le"}),
    (LogEvent.ORDER_AWAITS_PEOPLE, OF_ORDER),
    (LogEvent.ORDER_FULFILLED, {**OF_ORDER, "identifier": "www.example.com"}),
    (LogEvent.ORDER_RETRIED, OF_ORDER),
    (LogEvent.ORDER_CANCELLED, OF_ORDER),
    (LogEvent.ORDER_ABANDONED, OF_ORDER),
    (
        LogEvent.CERTIFICATE_ISSUED,
        {**OF_ORDER, "serial_number": "03:ab", "not_after": "2026-08-30T12:00:00Z"},
    ),
    (LogEvent.CERTIFICATE_DELIVERED, {"certificate": "shop/www"}),
    (LogEvent.CERTIFICATE_REVOKED, {**OF_ORDER, "serial_number": "03:ab", "reason": "superseded"}),
    (
        LogEvent.CERTIFICATE_REVOKED,
        {**OF_ORDER, "serial_number": "03:ab", "reason": "superseded", "already": True},
    ),
    (LogEvent.CERTIFICATE_FORGOTTEN, {"certificate": "shop/www"}),
    (LogEvent.CERTIFICATE_FAILED, {**OF_ORDER, "problem": PROBLEM}),
    (LogEvent.DELIVERY_FAILED, {"certificate": "shop/www", "problem": PROBLEM}),
    (LogEvent.CLEAN_UP_FAILED, {**OF_ORDER, "problem": PROBLEM}),
    (LogEvent.TORN_LINE, {"text": '{"event":"cert', "length": 14, "sha256": "0" * 64}),
    ("of_a_later_version", {"what": "ever"}),
    (LogEvent.RUN_ENDED, {"exit_code": 0, "done": {"order_submitted": 2, "certificate_issued": 1}}),
    (LogEvent.KEYS_REENCRYPTED, {"recipients": [RECIPIENT, SSH_RECIPIENT], "number": 12}),
    (LogEvent.KEYS_REENCRYPTED, {"recipients": [], "number": 12}),
    (LogEvent.KEYS_FAILED, {"problem": PROBLEM}),
]
LINES = [
    LogLine(number, LogEntry(NOW + dt.timedelta(seconds=number), "run", event, facts), f"{number:064x}")
    for number, (event, facts) in enumerate(SAMPLES, 1)
]
