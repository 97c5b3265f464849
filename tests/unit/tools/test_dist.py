"""A release: the same bytes from the same commit, all that belongs in it, and what it depends on."""

from __future__ import annotations

import json
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.unit.tools.test_dependencies import locked
from tools import dist

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[3]
# What the archives are made of, but for the tests' own data: many files, and all of one kind.
_PARTS = ("reconciler", "schemas", "examples", "pyproject.toml", "README.md", "LICENSE", "requirements.txt")


def copy(target: Path) -> Path:
    """Copy the project, with other times and rights than the files have."""
    target.mkdir()
    for name in _PARTS:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, target / name, ignore=ignored, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(ROOT / name, target / name)
    (target / ".gitignore").write_text("__pycache__/\n")
    return target


def test_two_builds_give_the_same_bytes(tmp_path: Path) -> None:
    built = []
    for name in ("a", "b"):
        source = copy(tmp_path / name)
        (source / "README.md").chmod(0o600 if name == "a" else 0o644)
        dist.build(source, tmp_path / f"dist-{name}", 1_700_000_000)
        dist.write_sums(tmp_path / f"dist-{name}")
        built.append({each.name: each.read_bytes() for each in (tmp_path / f"dist-{name}").iterdir()})
    assert built[0].keys() == {"SHA256SUMS", "reconciler-0.1.0-py3-none-any.whl", "reconciler-0.1.0.tar.gz"}
    assert built[0] == built[1]

    with zipfile.ZipFile(tmp_path / "dist-a/reconciler-0.1.0-py3-none-any.whl") as wheel:
        names = wheel.namelist()
    schemas = [str(each.relative_to(ROOT)) for each in (ROOT / "schemas").rglob("*.json")]
    assert {f"reconciler/{each}" for each in schemas} <= set(names)
    assert {each.split("/")[0] for each in names} == {"reconciler", "reconciler-0.1.0.dist-info"}
    with tarfile.open(tmp_path / "dist-a/reconciler-0.1.0.tar.gz") as sdist:
        assert "reconciler-0.1.0/requirements.txt" in sdist.getnames()


def test_the_bill_of_materials_has_all_that_is_locked(tmp_path: Path) -> None:
    for name in ("one", "two"):
        dist.write_bill(ROOT, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    bill = json.loads((tmp_path / "one").read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "reconciler"
    components = {each["name"]: each["version"] for each in bill["components"]}
    assert components == locked("requirements.txt")
    hashes = [each["externalReferences"][0]["hashes"] for each in bill["components"]]
    assert all(each[0]["alg"] == "SHA-256" for each in hashes)


def test_the_time_of_a_release_is_that_of_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "17")
    assert dist.commit_time(ROOT) == 17
