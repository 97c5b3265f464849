"""A secret in every form that it could be shown in."""

from __future__ import annotations

import base64
import html
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Of a form as long as this, a part is as good as the whole.
_PART = 24
_SPACE = re.compile(rb"\s+|\\+[nrt]|\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Secret:
    """What must not be found: the name of a secret, and its forms by their names."""

    name: str
    forms: Mapping[str, bytes]

    @property
    def needles(self) -> frozenset[bytes]:
        """What is searched for: beginning, middle and end of each form, as far as it is long."""
        return frozenset(part for form in self.forms.values() for part in _parts(form))


def text(name: str, value: str) -> Secret:
    """Return a password, a token or a key that is text; of base64, what it stands for as well."""
    forms: dict[str, bytes] = {
        "raw": value.encode(),
        "in JSON": json.dumps(value)[1:-1].encode(),
        "in JSON twice": json.dumps(json.dumps(value)[1:-1])[1:-1].encode(),
        "in a URL": quote(value, safe="").encode(),
        "in the path of a URL": quote(value).encode(),
        "in a form": quote_plus(value).encode(),
        "in HTML": html.escape(value).encode(),
        "as Python shows it": repr(value)[1:-1].encode(),
    }
    forms |= {f"text, {name}": form for name, form in _encoded(value.encode()).items()}
    decoded = _decoded(value)
    if decoded:
        forms |= {f"decoded, {name}": form for name, form in {"raw": decoded, **_encoded(decoded)}.items()}
    return Secret(name, forms)


def key(name: str, pem: bytes) -> Secret:
    """Return a private key: each of its secret numbers, as DER, PEM, JWK and people write it."""
    loaded = serialization.load_pem_private_key(pem, None)
    if isinstance(loaded, ec.EllipticCurvePrivateKey):
        numbers = {"d": (loaded.private_numbers().private_value, (loaded.key_size + 7) // 8)}
    elif isinstance(loaded, rsa.RSAPrivateKey):
        of_key, half = loaded.private_numbers(), loaded.key_size // 16
        numbers = {"d": (of_key.d, 2 * half), "p": (of_key.p, half), "q": (of_key.q, half)}
    else:
        raise TypeError(name)
    forms: dict[str, bytes] = {}
    for number, (value, size) in numbers.items():
        content = value.to_bytes(size, "big")
        forms |= {
            f"{number}, {form}": each
            for form, each in {"DER": content, "decimal": str(value).encode(), **_encoded(content)}.items()
        }
    # Where a PEM is cut into lines, white space is passed over: it is one of the three that are base64.
    return Secret(name, forms)


def find(secrets: Iterable[Secret], content: bytes) -> list[str]:
    """Return the names of the secrets that are in `content`; also where they are broken into lines."""
    joined = _SPACE.sub(b"", content)
    return [
        secret.name for secret in secrets if any(each in content or each in joined for each in secret.needles)
    ]


def _encoded(content: bytes) -> dict[str, bytes]:
    digits = content.hex().encode()
    pairs = [digits[place : place + 2] for place in range(0, len(digits), 2)]
    forms = {
        "hex": digits,
        "hex, capitals": digits.upper(),
        "hex, colons": b":".join(pairs),
        "hex, colons, capitals": b":".join(pairs).upper(),
        "Python's bytes": repr(content)[2:-1].encode(),
    }
    for before in range(3):
        # Within a longer text in base64 it begins at one of three places.
        inner = base64.b64encode(bytes(before) + content)[4 if before else 0 : len(content) * 4 // 3 - 3]
        forms[f"base64 from {before}"] = inner
        forms[f"base64url from {before}"] = inner.translate(bytes.maketrans(b"+/", b"-_"))
        forms[f"base64 from {before}, in a URL"] = quote(inner, safe="").encode()
    return forms


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except ValueError:
        pass
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        return b""


def _parts(form: bytes) -> Iterator[bytes]:
    if len(form) <= _PART:
        yield form
        return
    for place in (0, (len(form) - _PART) // 2, len(form) - _PART):
        yield form[place : place + _PART]
