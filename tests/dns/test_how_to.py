"""What the how-to on DNS providers tells people to write is what the real programs accept."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tools.find_bind import BindUnavailableError, find_tool

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def page() -> str:
    """The text of the page."""
    return (ROOT / "docs/how-to/dns-providers.md").read_text(encoding="utf-8")


def test_bind_loads_its_configuration(page: str, tmp_path: Path) -> None:
    try:
        checker = find_tool("named-checkconf")
    except BindUnavailableError as error:
        pytest.skip(str(error))
    block = re.search(r"// named\.conf\n(.*?)```", page, re.DOTALL)
    assert block
    assert "grant acme-key name _acme-challenge.www.example.com. TXT;" in block[1]
    key = tmp_path / "acme.key"
    key.write_text('key "acme-key" { algorithm hmac-sha256; secret "c2VjcmV0"; };\n', encoding="ascii")
    file = tmp_path / "named.conf"
    file.write_text(block[1].replace("/etc/bind/acme.key", str(key)), encoding="utf-8")
    ran = subprocess.run(
        [checker.path, file], env=dict(checker.environment), capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_the_libraries_are_those_of_the_optional_dependencies(page: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extra, libraries in project["optional-dependencies"].items():
        wanted = " ".join(f"'{library}'" for library in libraries)
        assert f"| `{extra}` | `pip install {wanted}` |" in page
