"""Where other ACME clients keep an account's key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import AccountError

if TYPE_CHECKING:
    from pathlib import Path

_CERTBOT_KEY = "private_key.json"
_LEGO_ACCOUNT = "account.json"
_LEGO_KEYS = "keys"


def find_key_file(path: Path) -> Path:
    """Return the file of an account's key: `path` itself, or what certbot or lego keep in the folder `path`.

    certbot: `accounts/SERVER/directory/ID/private_key.json`. lego: `accounts/SERVER/EMAIL/account.json`, and
    `keys/EMAIL.key` beside it. The folder is the one of a single account.

    Raises:
        AccountError: the folder cannot be read, or holds no account, or more keys than one.
    """
    try:
        if not path.is_dir():
            return path
        if (path / _CERTBOT_KEY).is_file():
            return path / _CERTBOT_KEY
        if (path / _LEGO_ACCOUNT).is_file():
            return _lego_key(path)
        # Says why where a folder may not be read: then nothing is found in it either.
        next(path.iterdir(), None)
    except OSError as error:
        raise AccountError(f"the folder {path} cannot be read: {error.strerror}") from None
    raise AccountError(
        f"there is no account's key in the folder {path}: looked for {_CERTBOT_KEY} (certbot), and for "
        f"{_LEGO_ACCOUNT} with {_LEGO_KEYS}/*.key (lego); name the folder of one account, or its key's file"
    )


def _lego_key(folder: Path) -> Path:
    # lego 5 has a folder for each kind of key, and the key in it beside the account.
    keys = sorted(
        each
        for place in (folder / _LEGO_KEYS, folder)
        if place.is_dir()
        for each in place.iterdir()
        if each.suffix == ".key" and each.is_file()
    )
    if len(keys) != 1:
        raise AccountError(
            f"there are {len(keys)} keys of lego's account in the folder {folder}: looked for "
            f"{_LEGO_KEYS}/*.key; name the file of the key"
        )
    return keys[0]
