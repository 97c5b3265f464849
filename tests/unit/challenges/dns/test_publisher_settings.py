"""What is wrong with a key is said before a server is asked, and without its secret."""

from __future__ import annotations

import pytest

from reconciler.challenges.dns.rfc2136 import Rfc2136Publisher
from reconciler.errors import ChallengeError
from reconciler.model.dns_provider import Rfc2136


@pytest.mark.parametrize("secret", ["s3cret!", "c2Vjcm", "", "  "])
def test_a_secret_that_is_not_base64(secret: str) -> None:
    with pytest.raises(ChallengeError, match="not base64; `tsig_secret`") as caught:
        Rfc2136Publisher(Rfc2136("192.0.2.1", "key"), 60, secret)

    assert secret.strip() == "" or secret not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize(
    ("service", "secret", "words"),
    [
        (Rfc2136("192.0.2.1", "key"), None, "`tsig_key_name` and `tsig_secret`"),
        (Rfc2136("192.0.2.1"), "c2VjcmV0", "`tsig_key_name` and `tsig_secret`"),
        (Rfc2136("192.0.2.1", tsig_algorithm="hmac-md5"), None, "`tsig_algorithm: hmac-md5` is unknown"),
        (Rfc2136("ns1.example.com"), None, "no address of a name server"),
    ],
)
def test_settings_that_do_not_go_together(service: Rfc2136, secret: str | None, words: str) -> None:
    with pytest.raises(ChallengeError, match=words):
        Rfc2136Publisher(service, 60, secret)
