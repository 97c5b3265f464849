from __future__ import annotations

from reconciler.engine.events import ApplyResult
from reconciler.render.result_text import render_result
from tests.unit.render.samples import AWAITING, RESULT
from tests.unit.values import NOW

GOLDEN = """\
Issued:
  CERTIFICATE  FOLDER          EXPIRES                            SERIAL NUMBER
  shop/api     certs/shop/api  2026-08-30 12:00 UTC (in 90 days)  03:e7

files: files written to certs/files
gone: forgotten; its records are archived
off: order 0197299e-0000-7000-8000-000000000002: abandoned; nobody asks for it any more

Failed:
  bad
    order        0197299e-0000-7000-8000-000000000002
    problem      compound: several errors
                 bad.example.com: rejectedIdentifier: not from us
                 worse.example.com: caa: CAA record forbids issuance
    help         https://ca.test/help
    what to do   this CA does not issue for this name: remove it, or use another CA
                 the CAA records of this name forbid this CA: add one for it, or use another CA
    tried again  by the next `reconciler apply` after 2026-06-01 13:00 UTC (in 1 hour)
  account other-ca
    problem      secret: unset
    what to do   the tree only says where the secret is: put it there
    tried again  by the next `reconciler apply`

Waiting for the CA; `reconciler apply` goes on with these:
  late: order 0197299e-0000-7000-8000-000000000002: waits for the CA until 2026-06-01 13:00 UTC: \
bad.example.com: rejectedIdentifier: not from us

To be done by people: 3 challenges of 1 order

  CHALLENGE    IDENTIFIER       CERTIFICATE  UNTIL                 ORDER
  dns-01       *.example.com    shop/www     2026-06-01 13:00 UTC  0197299e-0000-7000-8000-000000000002
      publish  _acme-challenge.example.com.
      type     TXT
      value    uQl3dXWY7wTxpl5uH1V9EwUJHc7wnYFfQxYIGlIDXvU
  http-01      www.example.com  shop/www     2026-06-01 13:00 UTC  0197299e-0000-7000-8000-000000000002
      serve at  http://www.example.com/.well-known/acme-challenge/token
      content   token.thumbprint
      file      state/challenges/0197299e-0000-7000-8000-000000000002/http-01/.well-known/acme-challenge/token
  tls-alpn-01  2001:db8::1      shop/www     2026-06-01 13:00 UTC  0197299e-0000-7000-8000-000000000002
      answer for   1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa \
on port 443, by ALPN acme-tls/1
      certificate  state/challenges/0197299e-0000-7000-8000-000000000002/tls-alpn-01/2001-db8--1/cert.pem
      key          state/challenges/0197299e-0000-7000-8000-000000000002/tls-alpn-01/2001-db8--1/privkey.pem

Then: reconciler order fulfilled 0197299e-0000-7000-8000-000000000002 --continue

Apply: 1 registered, 1 issued, 1 delivered, 1 forgotten, 1 abandoned, 2 failed, 1 waiting for people, \
1 waiting for the CA.
"""


def test_a_result_with_everything_in_it() -> None:
    assert render_result(RESULT, now=NOW, instructions_folder="state/challenges") == GOLDEN


def test_several_orders_are_said_to_be_fulfilled_at_once() -> None:
    result = ApplyResult(awaiting_people=(AWAITING, AWAITING))
    text = render_result(result, now=NOW, instructions_folder="state/challenges")
    assert "6 challenges of 2 orders" in text
    assert text.count("CHALLENGE ") == 1
    assert "Then: reconciler order fulfilled --all --continue" in text


def test_a_stopped_run_says_so() -> None:
    text = render_result(ApplyResult(stopped=True), now=NOW, instructions_folder="state/challenges")
    assert text == "Apply: nothing done. Stopped before the end; everything is saved.\n"
