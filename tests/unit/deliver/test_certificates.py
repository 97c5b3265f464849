"""Files in the output folder."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from reconciler.deliver.certificates import deliver, digests, file_changes, find_links
from reconciler.deliver.rules import Rules
from reconciler.errors import DeliveryError
from reconciler.model.certificate import CERTIFICATE_FILES
from reconciler.model.observed import FileChanges
from reconciler.model.permissions import WrongPermission

if TYPE_CHECKING:
    from pathlib import Path

CONTENTS = {name: name.encode() for name in CERTIFICATE_FILES}


def test_files_have_their_modes_and_nothing_is_left_over(tmp_path: Path) -> None:
    folder = tmp_path / "certs/shop/www"
    deliver(folder, CONTENTS)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {"privkey.pem": 0o600, "cert.pem": 0o644, "chain.pem": 0o644, "fullchain.pem": 0o644}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert file_changes(folder, digests(CONTENTS)) == FileChanges()


def test_changes_are_seen(tmp_path: Path) -> None:
    deliver(tmp_path / "www", CONTENTS)
    (tmp_path / "www/cert.pem").unlink()
    (tmp_path / "www/chain.pem").write_text("other")
    (tmp_path / "www/privkey.pem").chmod(0o640)
    (tmp_path / "www/fullchain.pem").unlink()
    (tmp_path / "www/fullchain.pem").mkdir()
    assert file_changes(tmp_path / "www", digests(CONTENTS)) == FileChanges(
        missing=("cert.pem",),
        altered=("chain.pem", "fullchain.pem"),
        permissions=(WrongPermission("privkey.pem", "mode", "0640", "0600"),),
    )


def test_what_a_link_leads_to_is_not_written(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (tmp_path / "www").mkdir()
    (tmp_path / "www/.cert.pem.tmp").symlink_to(victim)
    deliver(tmp_path / "www", CONTENTS)
    for name in CERTIFICATE_FILES:
        (tmp_path / "www" / name).unlink()
        (tmp_path / "www" / name).symlink_to(victim)
        with pytest.raises(DeliveryError, match=f"/www/{name} is a link, and is not followed: take it away"):
            deliver(tmp_path / "www", CONTENTS)
        (tmp_path / "www" / name).unlink()
    assert victim.read_text() == "untouched"


def test_what_a_hard_link_leads_to_is_not_written(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    victim.chmod(0o640)
    (tmp_path / "www").mkdir()
    for name in (*CERTIFICATE_FILES, *(f".{name}.tmp" for name in CERTIFICATE_FILES)):
        (tmp_path / "www" / name).hardlink_to(victim)
    deliver(tmp_path / "www", CONTENTS)
    assert (victim.read_text(), stat.S_IMODE(victim.stat().st_mode)) == ("untouched", 0o640)
    assert victim.stat().st_nlink == 1


@pytest.mark.parametrize("link", ["certs", "certs/shop", "certs/shop/www"])
def test_no_folder_below_the_top_is_a_link(tmp_path: Path, link: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    (tmp_path / link).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / link).symlink_to(elsewhere)
    rules = Rules(top=tmp_path)
    with pytest.raises(DeliveryError, match=f"{tmp_path}/{link} is a link, and is not followed"):
        deliver(tmp_path / "certs/shop/www", CONTENTS, rules=rules)
    assert not list(elsewhere.iterdir())
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o755
    found = find_links(tmp_path / "certs", ["shop/www", "shop/api", "www"], rules)
    assert found.get("shop/www") == f"{tmp_path}/{link}"
    assert ("shop/api" in found, "www" in found) == (link != "certs/shop/www", link == "certs")


def test_links_are_seen_before_anything_is_delivered(tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "www/privkey.pem").symlink_to("/etc/passwd")
    (tmp_path / "www/other.pem").symlink_to("cert.pem")
    (tmp_path / "api").mkdir()
    (tmp_path / "api/current.pem").symlink_to("cert.pem")
    found = find_links(tmp_path, ["api", "new", "www", "www/below"])
    assert found == {"www": f"{tmp_path}/www/privkey.pem"}


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "certs").write_text("a file")
    with pytest.raises(DeliveryError, match="certs"):
        deliver(tmp_path / "certs/www", CONTENTS)


WITHOUT_KEY = {name: content for name, content in CONTENTS.items() if name != "privkey.pem"}
OLD_KEY = {"privkey.pem": digests(CONTENTS)["privkey.pem"]}


def test_without_a_private_key_the_other_files_are_written_and_expected(tmp_path: Path) -> None:
    deliver(tmp_path / "www", WITHOUT_KEY)
    assert {path.name for path in (tmp_path / "www").iterdir()} == WITHOUT_KEY.keys()
    assert digests(WITHOUT_KEY).keys() == WITHOUT_KEY.keys()
    assert file_changes(tmp_path / "www", digests(WITHOUT_KEY)) == FileChanges()


def test_a_key_of_the_certificate_before_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "www"
    deliver(folder, CONTENTS)
    assert file_changes(folder, digests(WITHOUT_KEY), OLD_KEY) == FileChanges(superseded=("privkey.pem",))
    deliver(folder, WITHOUT_KEY, OLD_KEY)
    assert {path.name for path in folder.iterdir()} == WITHOUT_KEY.keys()
    assert file_changes(folder, digests(WITHOUT_KEY), OLD_KEY) == FileChanges()
    deliver(folder, WITHOUT_KEY, OLD_KEY)


def test_what_is_not_what_was_written_is_somebody_elses(tmp_path: Path) -> None:
    folder = tmp_path / "www"
    deliver(folder, WITHOUT_KEY)
    (tmp_path / "outside").write_bytes(CONTENTS["privkey.pem"])
    (folder / "other.pem").write_bytes(CONTENTS["privkey.pem"])
    digest = OLD_KEY["privkey.pem"]
    left = OLD_KEY | {"other.pem": digest, "../outside": digest}
    path = folder / "privkey.pem"
    path.write_text("a key of the requester's")
    assert file_changes(folder, digests(WITHOUT_KEY), left) == FileChanges()
    deliver(folder, WITHOUT_KEY, left)
    assert path.read_text() == "a key of the requester's"
    path.unlink()
    path.symlink_to(tmp_path / "outside")
    assert file_changes(folder, digests(WITHOUT_KEY), left) == FileChanges()
    deliver(folder, WITHOUT_KEY, left)
    assert path.is_symlink()
    assert (tmp_path / "outside").exists()
    assert (folder / "other.pem").exists()
