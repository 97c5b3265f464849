"""`reconciler.yaml`: the settings of a tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model.renewal import RenewalRule


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings; every one has a default.

    Attributes:
        state: the state directory, relative to the root of the tree or absolute.
        output: the folder for certificates, likewise.
        http_01_webroot: a folder that a web server serves; None leaves http-01 to people.
        renew: when certificates that say nothing themselves are renewed.
        trusted_ref: the Git ref that the policy of a pull request is read from; None trusts the files.
    """

    state: str = "state"
    output: str = "certs"
    http_01_webroot: str | None = None
    renew: RenewalRule | None = None
    trusted_ref: str | None = None
