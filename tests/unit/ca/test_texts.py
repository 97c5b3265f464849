from __future__ import annotations

import pytest

from reconciler.ca.texts import HttpsUrl, clean, https_url
from reconciler.errors import ProtocolError


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain", "plain"),
        ("two\r\nlines\t and  spaces ", "two lines and spaces"),
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),
        ("turned \u202e round", "turned round"),
        ("half \ud800 a character", "half a character"),
        ("Zertifikat für München", "Zertifikat für München"),
        ("x" * 11, "xxxxxxxxx…"),
    ],
)
def test_clean(text: str, wanted: str) -> None:
    assert clean(text, 10 if text.startswith("x") else 100) == wanted


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://ca.example", HttpsUrl("ca.example", 443, "/")),
        ("https://CA.example:8443/a?b=c#d", HttpsUrl("ca.example", 8443, "/a?b=c")),
        ("https://[::1]:14000/dir", HttpsUrl("::1", 14000, "/dir")),
    ],
)
def test_https_urls(url: str, wanted: HttpsUrl) -> None:
    assert https_url(url, "it") == wanted


@pytest.mark.parametrize(
    "url",
    [
        "http://ca.example/",
        "file:///etc/passwd",
        "ftp://ca.example/",
        "//ca.example/",
        "ca.example",
        "https:///dir",
        "https://ca.example:0/",
        "https://ca.example:65536/",
        "https://ca.example:x/",
        "https://[::1/",
        "https://me:secret@ca.example/",
        "https://ca.example/a b",
        "https://ca.example/\r\nX: y",
        "https://münchen.example/",
        f"https://ca.example/{'x' * 2048}",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    for _ in range(2):
        with pytest.raises(ProtocolError, match=r"^it (is no|has a user name)"):
            https_url(url, "it")
