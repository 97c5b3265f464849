"""What renderers of the commands about the DNS are given."""

from __future__ import annotations

from reconciler.model.dns_provider import DnsProvider, Rfc2136
from reconciler.model.finding import Location
from reconciler.model.provider_trial import Trial, TrialResult
from reconciler.orders.standing import standing_record
from reconciler.orders.standing_records import Needed, Unready
from tests.unit.values import names

PROVIDER = DnsProvider(
    "bind", Location("dns-providers/bind.yaml", 1, 1), ("*.example.com",), Rfc2136("192.0.2.53:53")
)

# A URL may have what is special in the forms of tools.
ACCOUNT_URL = 'https://ca.test/${x}%{y}"z'

NEEDED = (
    *(
        Needed("www", "ca", each, standing_record(each, ACCOUNT_URL, "ca.test"))
        for each in names("example.com", "*.example.com")
    ),
    Needed("www", "ca", names("other.example.com")[0], Unready.NO_ISSUER),
    Needed("api", "other", names("api.example.com")[0], Unready.NOT_REGISTERED),
)


def trial(text: str = "www.example.com") -> TrialResult:
    [identifier] = names("www.example.com")
    return TrialResult(Trial(PROVIDER, identifier, text, text, text), True, text, omit_cleanup=False)
