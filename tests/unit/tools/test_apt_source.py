from __future__ import annotations

import pytest

from tools.apt_source import AptSource, by_preference, with_suite

DEB822 = """\
# Made by the installer
Types: deb deb-src
URIs: https://mirror.example/debian https://other.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
# why not
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""

EMBEDDED_KEY = """\
Types: deb
URIs: mirror+file:/etc/apt/mirrors/debian.list
Suites: trixie
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
 -----END PGP PUBLIC KEY BLOCK-----
"""


def test_a_stanza_keeps_all_but_types_suites_and_components() -> None:
    assert with_suite("debian.sources", DEB822, "sid") == [
        AptSource(
            "sources",
            "https://mirror.example/debian",
            "Types: deb\n"
            "URIs: https://mirror.example/debian https://other.example/debian\n"
            "Suites: sid\n"
            "Components: main\n"
            "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n",
        )
    ]


def test_a_key_within_a_stanza_is_kept_line_by_line() -> None:
    (source,) = with_suite("debian.sources", EMBEDDED_KEY, "sid")

    assert source.uri == "mirror+file:/etc/apt/mirrors/debian.list"
    assert source.text == EMBEDDED_KEY.replace("trixie", "sid")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Suites: trixie", "Suites: trixie-security"),
        ("Suites: trixie", "Suites: nodistro"),
        ("Components: main", "Components: stable"),
        ("Types: deb", "Types: deb-src"),
        ("Types: deb", "Enabled: no\nTypes: deb"),
        ("URIs: mirror+file:/etc/apt/mirrors/debian.list\n", ""),
    ],
)
def test_a_stanza_that_is_no_debian_release_is_left_out(old: str, new: str) -> None:
    assert with_suite("debian.sources", EMBEDDED_KEY.replace(old, new), "sid") == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("deb http://mirror.example/debian bookworm main", "deb http://mirror.example/debian sid main\n"),
        (
            "  deb  http://mirror.example/debian/  stable  main contrib # ours",
            "deb http://mirror.example/debian/ sid main\n",
        ),
        (
            "deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] https://mirror.example/debian trixie main",
            "deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] https://mirror.example/debian sid main\n",
        ),
    ],
)
def test_a_line_keeps_its_options_and_its_address(line: str, expected: str) -> None:
    (source,) = with_suite("sources.list", line, "sid")

    assert (source.form, source.text) == ("list", expected)


@pytest.mark.parametrize(
    "line",
    [
        "# deb http://mirror.example/debian bookworm main",
        "deb-src http://mirror.example/debian bookworm main",
        "deb http://mirror.example/debian bookworm-updates main",
        "deb http://mirror.example/debian-security bookworm/updates main",
        "deb https://packages.example/apt cloud-sdk-bookworm main",
        "deb https://packages.example/apt bookworm stable",
        "deb http://flat.example/ ./",
        "",
    ],
)
def test_a_line_that_is_no_debian_release_is_left_out(line: str) -> None:
    assert with_suite("sources.list", f"{line}\n", "sid") == []


def test_mirrors_come_before_other_vendors_and_each_once() -> None:
    vendor, mirror = (
        AptSource("list", "https://vendor.example", "v"),
        AptSource("list", "http://m.example/debian/", "m"),
    )

    assert by_preference([vendor, mirror, vendor]) == [mirror, vendor]
