"""Who may read what is delivered."""

from __future__ import annotations

from msgspec import Struct


class OutputPermissions(Struct, frozen=True):
    """`output_permissions` in `reconciler.yaml`; what is None is left as it is, or has its default.

    Attributes:
        owner, group: a name or a number; of the files and of the folder that they are in.
        private_key_mode, certificate_mode: of the files.
        folder_mode: of the folder of a certificate.
    """

    owner: str | None = None
    group: str | None = None
    private_key_mode: int | None = None
    certificate_mode: int | None = None
    folder_mode: int | None = None


class WrongPermission(Struct, frozen=True):
    """A delivered file, or its folder, that does not have what the settings say.

    Attributes:
        file: the name; `.` is the folder.
        what: `owner`, `group` or `mode`.
        found, wanted: names, numbers, or modes as `chmod` takes them.
    """

    file: str
    what: str
    found: str
    wanted: str
