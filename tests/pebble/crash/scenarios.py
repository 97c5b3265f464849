"""What the program is killed in the middle of, and what must have come of it after the next run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.pebble.crash.checks import assert_delivered, assert_kept, assert_tidy, settle
from tests.unit.age_keys import age_pair
from tests.unit.pki.csrs import csr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.pebble.crash.bench import Site

_APPLY = ("apply",)
_ALLOWED = ("apply", "--allow-empty-tree")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A command, and the site that it finds.

    Attributes:
        prepare: makes the site; all of it is on disk.
        arguments: of the command that is killed.
        next_arguments: of those that come after it.
        check: asserts what must be once `apply` has run till there was nothing to do.
        issues: how many certificates the CA has issued then, each for an order: a certificate that was
            ordered twice is one more.
    """

    prepare: Callable[[Site], None]
    check: Callable[[Site], None] = assert_delivered
    arguments: tuple[str, ...] = _APPLY
    next_arguments: tuple[str, ...] = _APPLY
    issues: int = 1

    def assert_done(self, site: Site, keys: Mapping[str, bytes] | None = None) -> None:
        """Let the next runs do the rest, and assert what is promised.

        Args:
            site: what was left.
            keys: none of which may be lost.
        """
        settle(site, self.next_arguments)
        assert_tidy(site)
        self.check(site)
        assert len(site.issued) == self.issues
        assert site.registered <= 1
        assert_kept(site, keys or {})


def _wanted(site: Site) -> None:
    site.tree.certificate("www", site.domain)


def _two_names(site: Site) -> None:
    names = (f"a.{site.domain}", f"b.{site.domain}")
    site.serve(*names)
    site.tree.certificate("www", ", ".join(names))


def _csr(site: Site) -> None:
    site.tree.write("certificates/www.csr", csr(site.domain))
    site.tree.write("certificates/www.yaml", "role: web\ncsr_file: www.csr")


def _encrypted(site: Site) -> None:
    pair = age_pair(0)
    site.settings(f"encryption: {{recipients: [{pair.recipient}]}}")
    site.environment["RECONCILER_AGE_IDENTITY"] = pair.identity
    _wanted(site)


def _issued(site: Site) -> None:
    _wanted(site)
    site.run("apply")
    site.begin()


def _due(site: Site) -> None:
    _issued(site)
    site.tree.let_renewal_come("www")


def _to_be_revoked(site: Site) -> None:
    _issued(site)
    site.tree.certificate("www", site.domain, "revoke: {reason: superseded}")


def _to_be_forgotten(site: Site) -> None:
    _issued(site)
    (site.root / "certificates/www.yaml").unlink()


def _is_encrypted(site: Site) -> None:
    assert_delivered(site)
    assert not site.files("state/**/privkey.pem")
    assert len(site.files("state/**/*.pem.age")) == 2


def _is_renewed(site: Site) -> None:
    assert_delivered(site)
    assert len(site.files("state/orders/*.yaml")) == len(site.files("state/archive/orders/*.yaml")) == 1
    assert len(site.files("state/archive/orders/*/privkey.pem")) == 1


def _has_no_key(site: Site) -> None:
    assert_delivered(site, with_key=False)
    assert not site.files("**/privkey.pem")


def _can_be_used(site: Site) -> None:
    """The account's key is one that the CA takes."""
    site.tree.certificate("api", site.domain)
    site.run("apply")
    assert_delivered(site, "api")


def _is_revoked(site: Site) -> None:
    shown = site.serial_number("www")
    assert site.bench.ca.certificate_status(shown)["Status"] == "Revoked"
    assert b"revocation:" in (site.root / "state/certificates/www.yaml").read_bytes()


def _is_forgotten(site: Site) -> None:
    assert not site.files("state/certificates/*.yaml")
    assert not site.files("state/orders/*.yaml")
    assert len(site.files("state/archive/certificates/www/*.yaml")) == 1


SCENARIOS = {
    "first": Scenario(_wanted),
    "renewal": Scenario(_due, _is_renewed),
    "two-names": Scenario(_two_names),
    "csr": Scenario(_csr, _has_no_key),
    "encrypted": Scenario(_encrypted, _is_encrypted),
    "key-change": Scenario(_issued, _can_be_used, ("account", "rotate-key", "ca", "--force")),
    "revocation": Scenario(_to_be_revoked, _is_revoked, issues=0),
    "forgotten": Scenario(_to_be_forgotten, _is_forgotten, _ALLOWED, _ALLOWED, issues=0),
}
