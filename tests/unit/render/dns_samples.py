"""What renderers of the commands about the DNS are given."""

from __future__ import annotations

from reconciler.model.provider_trial import Trial, TrialResult
from reconciler.model.dns_provider import DnsProvider, Rfc2136
from reconciler.model.finding import Location
from reconciler.model.instruction import Instruction
from reconciler.model.role import ChallengeType
from tests.unit.values import names

PROVIDER = DnsProvider(
    "bind", Location("dns-providers/bind.yaml", 1, 1), ("*.example.com",), Rfc2136("192.0.2.53:53")
)


def trial(text: str = "www.example.com") -> TrialResult:
    [identifier] = names("www.example.com")
    instruction = Instruction("", "", identifier, ChallengeType.DNS_01, "token", "token.test")
    return TrialResult(
        Trial(PROVIDER, identifier, text, text, text, instruction), True, text, omit_cleanup=False
    )
