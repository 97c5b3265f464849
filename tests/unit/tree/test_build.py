"""What becomes of valid files, and what the schemas cannot say."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.model.account import KeyType, SecretReference
from reconciler.model.dns_provider import Propagation
from reconciler.model.finding import Finding, Location
from reconciler.model.fulfillment import ExecMethod, ListenMethod, WebrootMethod
from reconciler.model.renewal import RenewalRule
from reconciler.model.role import USUAL_TYPES, ChallengeType, DomainOption, IdentifierPopulation
from reconciler.model.settings import Settings
from reconciler.tree import add_source_lines, load_tree
from reconciler.tree.renewal import parse_renewal
from reconciler.tree.suggest import did_you_mean, listed
from tests.unit.tree.trees import findings_of, found, make_tree

if TYPE_CHECKING:
    from pathlib import Path

PEM = "-----BEGIN CERTIFICATE-----\n  MIIBszCCAVmg\n  -----END CERTIFICATE-----\n"


def test_defaults(tmp_path: Path) -> None:
    tree = load_tree(make_tree(tmp_path))
    assert tree.settings == Settings()
    account, role, certificate = tree.accounts["le"], tree.roles["web"], tree.certificates["www"]
    assert (account.key_type, account.email_contacts) == (KeyType.EC_256, ())
    assert account.terms_of_service_agreed is False
    assert (account.eab_kid, account.eab_key, account.trusted_ca) == (None, None, None)
    assert account.additional_hosts == ()
    assert role.allowed_challenge_types == USUAL_TYPES
    assert role.csr_identifier_population is IdentifierPopulation.CN_FIRST
    assert certificate.role is role
    assert certificate.challenge_type is None
    assert certificate.renew is None
    assert certificate.location == Location("certificates/www.yaml", 1, 1)
    assert certificate.identifier_locations == (Location("certificates/www.yaml", 2, 15, 15),)
    assert role.acme_account_name_location == Location("roles/web.yaml", 1, 20, 2)


EVERY_FIELD = {
    "reconciler.yaml": """
state: s
output: /o
challenges:
  http-01:
    - {webroot: /srv, identifiers: "*.EXAMPLE.com, RÄKSMÖRGÅS.se"}
    - {listen: "0.0.0.0:80, [::]:80, 0.0.0.0:80"}
  tls-alpn-01: {listen: ["192.0.2.1:443"]}
  dns-01: {exec: [./publish, --fast], timeout: 90}
dns: {nameservers: ["192.0.2.53", "[2001:db8::53]:5353"], propagation: {timeout: 5m, skip: true}}
renew: {before: 30d}
trusted_ref: origin/main
""",
    "accounts/le.yaml": f"""
directory_url: https://ca.example/directory
email_contacts: a@b.example, c@d.example
key_type: rsa-8192
terms_of_service_agreed: true
eab_kid: kid
eab_key: {{file: /run/key}}
additional_hosts: 'orders.c.example, [::1]:14000'
trusted_ca: |
  {PEM}
""",
    "roles/web.yaml": """
acme_account_name: le
allowed_domains: [www.example.com]
allowed_domain_options: bare_domains
allowed_challenge_types: dns-01, http-01, dns-01
csr_generate_key_type: rsa-4096
csr_identifier_population: sans_only
denied_domains: admin.example.com, internal
allowed_ip_ranges: [10.0.0.0/8, 192.0.2.1, '2001:DB8::/32', 10.0.0.0/8]
allowed_profiles: classic, shortlived, classic
max_identifiers: 7
""",
    "certificates/www.yaml": """
role: web
identifiers: [RÄKSMÖRGÅS.se., 192.0.2.1]
challenge_type: http-01
profile: shortlived
renew:
  before: 50%
""",
    "certificates/b.yaml": """
role: web
identifiers: b.example
""",
}


def test_every_field(tmp_path: Path) -> None:
    tree = load_tree(make_tree(tmp_path, EVERY_FIELD))
    renewal = RenewalRule(duration=timedelta(days=30))
    ways = {
        ChallengeType.HTTP_01: (
            WebrootMethod("/srv", ("*.example.com", "xn--rksmrgs-5wao1o.se")),
            ListenMethod(("0.0.0.0:80", "[::]:80")),
        ),
        ChallengeType.TLS_ALPN_01: (ListenMethod(("192.0.2.1:443",)),),
        ChallengeType.DNS_01: (ExecMethod(("./publish", "--fast"), timedelta(seconds=90)),),
    }
    asked = Propagation(("192.0.2.53", "[2001:db8::53]:5353"), timedelta(minutes=5), skip=True)
    assert tree.settings == Settings("s", "/o", ways, asked, renewal, "origin/main")
    account, role, certificate = tree.accounts["le"], tree.roles["web"], tree.certificates["www"]
    assert account.email_contacts == ("a@b.example", "c@d.example")
    assert (account.key_type, account.terms_of_service_agreed) == (KeyType.RSA_8192, True)
    assert (account.eab_kid, account.eab_key) == ("kid", SecretReference(file="/run/key"))
    assert account.trusted_ca == PEM.replace("  ", "")
    assert account.additional_hosts == ("orders.c.example", "[::1]:14000")
    assert role.allowed_domain_options == {DomainOption.BARE_DOMAINS}
    assert role.allowed_challenge_types == (ChallengeType.DNS_01, ChallengeType.HTTP_01)
    assert (role.csr_generate_key_type, role.csr_identifier_population) == ("rsa-4096", "sans_only")
    assert role.denied_domains == ("admin.example.com", "internal")
    ranges = ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"]
    assert [str(each) for each in role.allowed_ip_ranges] == ranges
    assert (role.allowed_profiles, role.max_identifiers) == (("classic", "shortlived"), 7)
    assert certificate.profile == "shortlived"
    assert [str(each) for each in certificate.identifiers] == ["xn--rksmrgs-5wao1o.se", "192.0.2.1"]
    assert certificate.challenge_type is ChallengeType.HTTP_01
    assert certificate.renew == RenewalRule(fraction=0.5)
    assert tree.certificates["b"].renew == tree.settings.renew


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("reconciler.yaml", "state: .\n", "1:8 bad-folder"),
        ("reconciler.yaml", "state: ./roles/../certificates/x\n", "1:8 bad-folder"),
        ("reconciler.yaml", "output: accounts\n", "1:9 bad-folder"),
        ("reconciler.yaml", "output: state/\n", "1:9 bad-folder"),
        ("reconciler.yaml", "state: certs\n", "1:8 bad-folder"),
        ("reconciler.yaml", "output: state/certs\n", "1:9 bad-folder"),
        ("reconciler.yaml", "state: certs/../certs/state\n", "1:8 bad-folder"),
        ("reconciler.yaml", "state:\n", "1:7 bad-value"),
        ("reconciler.yaml", 'state: "a\\nb"\n', "1:8 bad-value"),
        ("reconciler.yaml", "renew:\n", "1:7 wrong-type"),
        ("reconciler.yaml", "renew: 30d\n", "1:8 wrong-type"),
        ("reconciler.yaml", "renew: {}\n", "1:8 missing-field"),
        ("reconciler.yaml", "renew: {before: 0d}\n", "1:17 bad-value"),
        ("reconciler.yaml", "challenges: {http-01: {webroot: x, exec: [x]}}\n", "1:42 conflicting-fields"),
        ("reconciler.yaml", "challenges: {http-01: {timeout: 1m}}\n", "1:24 missing-field"),
        ("reconciler.yaml", "challenges: {http-01: [{exec: [x]}, {}]}\n", "1:37 missing-field"),
        ("reconciler.yaml", "challenges: {http-01: {listen: x}}\n", "1:32 bad-value"),
        ("reconciler.yaml", "challenges: {http-01: {listen: '0.0.0.0:80000'}}\n", "1:33 bad-value"),
        ("reconciler.yaml", "challenges: {http-01: {listen: '0.0.0.0:0'}}\n", "1:33 bad-value"),
        (
            "reconciler.yaml",
            "challenges: {http-01: [{listen: '[::]:80', identifiers: a.example}, "
            "{listen: '[::]:80, [::1]:81'}]}\n",
            "1:23 conflicting-fields",
        ),
        ("reconciler.yaml", "challenges: {http-01: [{exec: [x]}, {webroot: y}]}\n", "1:37 never-used"),
        ("reconciler.yaml", "dns: {propagation: {timeout: 0s}}\n", "1:30 bad-value"),
        ("reconciler.yaml", "challenges: {http-01: {exec: ./x}}\n", "1:30 wrong-type"),
        ("reconciler.yaml", "challenges: {tls-alpn-01: {webroot: x}}\n", "1:28 unknown-field"),
        ("reconciler.yaml", "challenges: {dns-01: {exec: [x], identifiers: 'a b'}}\n", "1:48 bad-pattern"),
        ("reconciler.yaml", "dns: {nameservers: ns1.example.com}\n", "1:20 bad-value"),
        ("reconciler.yaml", "dns: {propagation: {timeout: 1w}}\n", "1:30 bad-value"),
        ("reconciler.yaml", "challenges: {dns-01: {}}\n", "1:22 missing-field"),
        ("reconciler.yaml", "trusted_ref: HEAD\n", "1:14 bad-trusted-ref"),
        ("reconciler.yaml", "trusted_ref: ''\n", "1:14 bad-value"),
        ("accounts/x.yaml", "key_type: ec-256\n", "1:1 missing-field"),
        ("accounts/x.yaml", "directory_url: http://ca.example/\n", "1:16 bad-value"),
        ("accounts/x.yaml", "directory_url: https://user:pass@ca.example/\n", "1:16 bad-value"),
        ("accounts/x.yaml", "directory_url: https://\n", "1:16 bad-value"),
        ("accounts/x.yaml", "directory_url: https://c.example/\nemail_contacts: {}\n", "2:17 wrong-type"),
        (
            "accounts/x.yaml",
            "directory_url: https://c.example/\nemail_contacts: ['mailto:a@b']\n",
            "2:18 bad-value",
        ),
        ("accounts/x.yaml", "directory_url: https://c.example/\neab_kid: x\n", "2:1 missing-field"),
        ("accounts/x.yaml", "directory_url: https://c.example/\neab_key: {env: X}\n", "2:1 missing-field"),
        ("accounts/x.yaml", "directory_url: https://c.example/\neab_kid: x\neab_key: {}\n", "3:10 bad-value"),
        (
            "accounts/x.yaml",
            "directory_url: https://c.example/\neab_kid: x\neab_key: {env: A, file: b}\n",
            "3:10 bad-value",
        ),
        ("accounts/x.yaml", "directory_url: https://c.example/\ntrusted_ca: /etc/ca.pem\n", "2:13 bad-value"),
        (
            "accounts/x.yaml",
            "directory_url: https://c.example/\nadditional_hosts: [a.example, 'https://b.example/']\n",
            "2:31 bad-value",
        ),
        (
            "accounts/x.yaml",
            "directory_url: https://c.example/\nadditional_hosts: a.example:65536\n",
            "2:19 bad-value",
        ),
        (
            "accounts/x.yaml",
            "directory_url: https://c.example/\ntrusted_ca: |\n  -----BEGIN PRIVATE KEY-----\n  MII\n",
            "3:3 private-key",
        ),
        ("roles/x.yaml", "acme_account_name: le\ncsr_generate_key_type: rsa-8192\n", "2:24 unknown-value"),
        ("roles/x.yaml", "acme_account_name: le\nallowed_challenge_types: []\n", "2:26 bad-value"),
        (
            "roles/x.yaml",
            "acme_account_name: le\nallowed_challenge_types: [http-01, dns]\n",
            "2:36 unknown-value",
        ),
        ("roles/x.yaml", "acme_account_name: [le]\n", "1:20 wrong-type"),
        ("roles/x.yaml", "acme_account_name: el\n", "1:20 unknown-reference"),
        ("certificates/x.yaml", "role: web\nidentifiers: []\n", "2:14 bad-value"),
        ("certificates/x.yaml", "role: web\nidentifiers:\n", "2:13 bad-value"),
        ("certificates/x.yaml", "role: web\nidentifiers: {a.example: b}\n", "2:14 wrong-type"),
        ("certificates/x.yaml", "role: web\nidentifiers: [a.example, [b.example]]\n", "2:26 wrong-type"),
        ("certificates/x.yaml", "role: web\nidentifiers: [https://a.example]\n", "2:15 invalid-identifier"),
        (
            "certificates/x.yaml",
            "role: web\nidentifiers: [A.example, a.example.]\n",
            "2:26 duplicate-identifier",
        ),
        ("certificates/x.yaml", "role: web\nidentifiers: ['::1', '0:0::1']\n", "2:22 duplicate-identifier"),
        (
            "certificates/x.yaml",
            "role: web\nidentifiers: [" + ",".join(f"a{i}.example" for i in range(101)) + "]\n",
            "2:14 bad-value",
        ),
    ],
)
def test_what_is_not_allowed(tmp_path: Path, path: str, text: str, expected: str) -> None:
    assert found(make_tree(tmp_path, {path: text})) == [f"{path}:{expected}"]


@pytest.mark.parametrize("field", ["state", "output"])
@pytest.mark.parametrize("folder", ["", "/certificates/x", "/roles/../accounts"])
def test_absolute_folders_of_the_tree(tmp_path: Path, field: str, folder: str) -> None:
    make_tree(tmp_path, {"reconciler.yaml": f"{field}: {tmp_path}{folder}\n"})
    column = len(field) + 3
    assert found(tmp_path) == [f"reconciler.yaml:1:{column} bad-folder"]
    make_tree(tmp_path, {"reconciler.yaml": f"{field}: ../{tmp_path.name}/roles\n"})
    assert found(tmp_path) == [f"reconciler.yaml:1:{column} bad-folder"]
    make_tree(tmp_path, {"reconciler.yaml": f"{field}: {tmp_path}/a\n"})
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("challenges", "certificate", "expected"),
    [
        ("http-01", "identifiers: [a.example]\nchallenge_type: dns-01\n", ["3:17 challenge-not-allowed"]),
        ("http-01, tls-alpn-01", "identifiers: [a.example, '*.a.example']\n", ["2:26 wildcard-needs-dns-01"]),
        ("http-01, dns-01", "identifiers: ['*.a.example']\n", []),
        (
            "http-01, dns-01",
            "identifiers: ['*.a.example']\nchallenge_type: http-01\n",
            ["2:15 wildcard-needs-dns-01"],
        ),
        ("http-01, dns-01", "identifiers: ['*.a.example']\nchallenge_type: dns-01\n", []),
        ("dns-01", "identifiers: [192.0.2.1]\n", ["2:15 address-without-dns-01"]),
        ("dns-01, http-01", "identifiers: [192.0.2.1, '2001:db8::1']\n", []),
        (
            "dns-01, http-01",
            "identifiers: [192.0.2.1]\nchallenge_type: dns-01\n",
            ["2:15 address-without-dns-01"],
        ),
    ],
)
def test_challenges(tmp_path: Path, challenges: str, certificate: str, expected: list[str]) -> None:
    role = f"acme_account_name: le\nallowed_challenge_types: {challenges}\n"
    make_tree(tmp_path, {"roles/web.yaml": role, "certificates/www.yaml": f"role: web\n{certificate}"})
    assert found(tmp_path) == [f"certificates/www.yaml:{each}" for each in expected]


def test_a_reference_to_a_file_with_errors_is_no_further_error(tmp_path: Path) -> None:
    make_tree(
        tmp_path, {"accounts/le.yaml": "[", "certificates/www.yaml": "role: web\nidentifiers: [a..b]\n"}
    )
    assert found(tmp_path) == ["accounts/le.yaml:1:2 syntax", "certificates/www.yaml:2:15 invalid-identifier"]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("role: web\nidentifers: [a.example]\n", "did you mean `identifiers`?"),
        ("role: web\nIdentifiers: [a.example]\n", "did you mean `identifiers`?"),
        (
            "role: web\nidentifiers: [a.example]\nzzz: 1\n",
            "known fields: `challenge_type`, `csr`, `csr_file`, `fulfillment`, `identifiers`, `key_type` "
            "and 8 more",
        ),
        ("role: wep\nidentifiers: [a.example]\n", "did you mean `web`? (there are: `web`)"),
        ("role: mailers\nidentifiers: [a.example]\n", "there are: `web`"),
        ("role: web\nidentifiers: [a.example]\nchallenge_type: http01\n", "did you mean `http-01`?"),
        (
            "role: web\nidentifiers: [a.example]\nchallenge_type: x\n",
            "one of `http-01`, `dns-01`, `tls-alpn-01`, `dns-account-01`, `dns-persist-01`",
        ),
        ("role: web\nidentifiers: [https://a.example/x]\n", "write the name only, without https:// and path"),
        ("role: web\nidentifiers: a.example b.example\n", "one item of the list is one name"),
        ("role: web\nidentifiers: a.example\nrenew: {before: 5 days}\n", "for example `33%`"),
    ],
)
def test_hints(tmp_path: Path, text: str, hint: str) -> None:
    make_tree(tmp_path, {"certificates/www.yaml": text})
    assert hint in [each.hint for each in findings_of(tmp_path)]


def test_without_any_role_the_hint_says_where_one_goes(tmp_path: Path) -> None:
    make_tree(tmp_path)
    (tmp_path / "roles/web.yaml").unlink()
    (finding,) = findings_of(tmp_path)
    assert finding.hint == "there are no roles; add roles/web.yaml"


@pytest.mark.parametrize(
    "value", ["c2VjcmV0", "'c2VjcmV0'", "[c2VjcmV0]", "|\n  c2VjcmV0", "{env: c2VjcmV0-}", "{c2VjcmV0: x}"]
)
def test_a_literal_secret_is_refused_and_not_repeated(tmp_path: Path, value: str) -> None:
    account = f"directory_url: https://ca.example/\neab_kid: k\neab_key: {value}\n"
    make_tree(tmp_path, {"accounts/le.yaml": account})
    findings = findings_of(tmp_path)
    assert findings
    for finding in findings:
        assert finding.location.line == 3
        assert finding.source is None
        assert "c2VjcmV0" not in f"{finding.message} {finding.hint}"


def test_lines_beside_a_misspelt_secret_are_not_shown(tmp_path: Path) -> None:
    account = 'directory_url: ftp://x\neabkey: "c2VjcmV0"\nkey_type: ec, eab_ky: c2VjcmV0\n'
    make_tree(tmp_path, {"accounts/le.yaml": account})
    shown = {each.location.line: each.source for each in findings_of(tmp_path)}
    assert shown == {3: None}  # what stands in the third line is no YAML
    make_tree(tmp_path, {"accounts/le.yaml": account.replace("ec, eab_ky: c2VjcmV0", "ec")})
    shown = {each.location.line: each.source for each in findings_of(tmp_path)}
    assert shown == {1: "directory_url: ftp://x", 2: None, 3: "key_type: ec"}


def test_findings_of_others_get_their_lines(tmp_path: Path) -> None:
    make_tree(
        tmp_path, {"certificates/www.yaml": "role: web\nidentifiers:\n- www.example.com\n- b.example.com\n"}
    )
    certificate = load_tree(tmp_path).certificates["www"]
    places = (*certificate.identifier_locations, certificate.location)
    shown = add_source_lines(tmp_path, [Finding("denied", "no", place) for place in places])
    assert [each.source for each in shown] == ["- www.example.com", "- b.example.com", "role: web"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("33%", RenewalRule(fraction=0.33)),
        ("33.5%", RenewalRule(fraction=0.335)),
        ("99.9%", RenewalRule(fraction=0.999)),
        ("30d", RenewalRule(duration=timedelta(days=30))),
        ("12h", RenewalRule(duration=timedelta(hours=12))),
        ("90m", RenewalRule(duration=timedelta(minutes=90))),
        ("2w", RenewalRule(duration=timedelta(weeks=2))),
        ("999999w", RenewalRule(duration=timedelta(weeks=999999))),
    ],
)
def test_renewal(text: str, expected: RenewalRule) -> None:
    rule = parse_renewal(text)
    assert rule.duration == expected.duration
    assert rule.fraction == pytest.approx(expected.fraction)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "33",
        "%",
        "0%",
        "0.0%",
        "100%",
        "133%",
        "-1d",
        "+1d",
        "0d",
        "0m",
        "1.5d",
        "1y",
        "1s",
        "30 d",
        "1D",
        "1e3d",
        "\u0663d",
        "1d\n",
    ],
)
def test_no_renewal(text: str) -> None:
    with pytest.raises(ValueError, match="`"):
        parse_renewal(text)


def test_suggestions_are_few_and_near() -> None:
    assert did_you_mean("x" * 65, ["x" * 65]) is None
    assert did_you_mean("webb", (f"w{i}" for i in range(100_000))) is None
    assert did_you_mean("webb", ["mail", "web", "wb"]) == "did you mean `web`?"
    assert listed(str(each) for each in range(9)) == "`0`, `1`, `2`, `3`, `4`, `5` and 3 more"


@pytest.mark.parametrize(("number", "told"), [("0", "at least 1"), ("101", "at most 100")])
def test_a_number_out_of_bounds(tmp_path: Path, number: str, told: str) -> None:
    account = f"directory_url: https://ca.example/directory\nmax_concurrent_new_orders: {number}\n"
    [finding] = findings_of(make_tree(tmp_path, {"accounts/le.yaml": account}))
    assert finding.message == f"`max_concurrent_new_orders` is {number}; it has to be {told}"
    assert (finding.location.line, finding.location.column) == (2, 28)
