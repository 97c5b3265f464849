from __future__ import annotations

from dataclasses import replace

from reconciler.plan.actions import CreateOrder, Plan
from reconciler.plan.reasons import NewCertificate
from reconciler.render.plan_text import render_plan
from tests.unit.render.samples import PLAN
from tests.unit.values import NOW, spec

GOLDEN = """\
  + register account ca
      the CA does not know this account yet, and certificates need it
      at https://ca.test/directory, key ec-256, contacts a@example.com

  + order certificate shop/www
      there is no certificate of this name yet
      for www.example.com
      by role web, account ca, key ec-256

  ~ replace certificate shop/api
      identifiers changed: + a.example.com - b.example.com
      key type changed: rsa-2048 -> ec-256
      for a.example.com
      by role web, account ca, key ec-256, dns-01
      order 0197299e-0000-7000-8000-000000000003, which asks for something else, is given up

  ~ renew certificate old
      renewal due since 2026-05-31 12:00 UTC (expires 2026-06-30 12:00 UTC, in 29 days)
      attempt 1 failed (order 0197299e-0000-7000-8000-000000000002): compound: several errors;
      bad.example.com: rejectedIdentifier: not from us; worse.example.com: caa: CAA record forbids
      issuance (see https://ca.test/help)
      for www.example.com
      by role web, account ca, key ec-256

  > resume order 0197299e-0000-7000-8000-000000000003 of certificate api
      it waits while the CA checks its challenges; nothing to do before 2026-06-01 13:00 UTC
      for www.example.com

  - abandon order 0197299e-0000-7000-8000-000000000002 of certificate off
      the tree no longer asks for it

  = deliver the files of certificate files again
      files missing: cert.pem
      files altered, or a key that others can read: privkey.pem

  - forget certificate gone (records archived, files left, nothing revoked)
      the tree no longer asks for it

  ! held back: certificate flaky until 2026-06-01 13:00 UTC (in 1 hour)
      there is no certificate of this name yet
      attempt 2 failed (order 0197299e-0000-7000-8000-000000000002): bad.example.com:
      rejectedIdentifier: not from us

  ! denied by the policy; these certificates are left out

certificates/x.yaml:2:15: error: the role `web` does not allow `x.example.com` [denied]
  |
2 | identifiers: [x.example.com]
  |               ^^^^^^^^^^^^^
help: have it added

certificates/x.yaml:2:15: error: another [denied]
  |
2 | identifiers: [x.example.com]
  |               ^^^^^^^^^^^^^
help: have it added

2 errors in 1 file

Plan: 1 account to register, 1 to order, 1 to replace, 1 to renew, 1 to resume, 1 to abandon, \
1 to deliver, 1 to forget; 12 unchanged, 1 held back, 1 denied.
"""


def test_a_plan_with_everything_in_it() -> None:
    assert render_plan(PLAN) == GOLDEN


def test_a_plan_with_nothing_in_it() -> None:
    assert render_plan(Plan(NOW, unchanged=12)) == "No changes. 12 certificates are as the tree wants them.\n"


def test_a_plan_that_only_has_to_wait_is_not_called_unchanged() -> None:
    text = render_plan(replace(PLAN, actions=(), denied=()))
    assert "! held back: certificate flaky" in text
    assert text.endswith("Plan: nothing to do; 12 unchanged, 1 held back.\n")


def test_colours_add_nothing_but_colours() -> None:
    import re

    coloured = render_plan(PLAN, color=True)
    assert coloured != GOLDEN
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == GOLDEN


def test_names_are_never_cut() -> None:
    names = [f"{'n' * 40}{number}.example.com" for number in range(30)]
    text = render_plan(Plan(NOW, (CreateOrder(spec("many", *names), (NewCertificate(),)),)))
    assert all(name in text for name in names)
    assert max(map(len, text.splitlines())) <= 100
