"""The names in a certificate signing request, and what else it asks for: exactly names, nothing of a CA."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from reconciler.errors import InvalidIdentifierError, InvalidRequestError
from reconciler.model.identifier import Identifier, parse_identifier

if TYPE_CHECKING:
    from cryptography import x509

# RFC 2986 section 4 with RFC 2985 section 5.4.2, and what Microsoft had before that.
_EXTENSION_REQUESTS = frozenset({"1.2.840.113549.1.9.14", "1.3.6.1.4.1.311.2.1.14"})
_POLICY_MAPPINGS = "2.5.29.33"
_MOST_NAMES = 100
_LONGEST_NAME = 255
_KINDS = {
    "RFC822Name": "an e-mail address",
    "UniformResourceIdentifier": "a URI",
    "DirectoryName": "a directory name",
    "RegisteredID": "an object identifier",
    "OtherName": "a name of another kind",
}


def identifiers_in(csr: x509.CertificateSigningRequest) -> tuple[Identifier, ...]:
    """Return the subject alternative names of a request, in its order.

    Raises:
        InvalidRequestError: it has none, or names of other kinds, or a common name that is not among them,
            or asks for what only a CA has; says which.
    """
    from cryptography import x509

    extensions = _extensions(csr)
    for extension in extensions:
        _check_extension(extension)
    try:
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        raise InvalidRequestError(
            "it has no subject alternative names, and a common name alone counts for nothing: make it anew, "
            "with `-addext subjectAltName=DNS:www.example.com` for openssl"
        ) from None
    number = len(list(names))
    if not 1 <= number <= _MOST_NAMES:
        raise InvalidRequestError(
            f"it has {number} subject alternative names; 1 to {_MOST_NAMES} are possible"
        )
    identifiers = tuple(map(_identifier, names))
    for index, each in enumerate(identifiers):
        if each in identifiers[:index]:
            raise InvalidRequestError(f"the name {each} is in it twice: leave out one of the two")
    _check_common_name(csr, identifiers)
    return identifiers


def _extensions(csr: x509.CertificateSigningRequest) -> x509.Extensions:
    from cryptography import x509

    try:
        kinds = [each.oid.dotted_string for each in csr.attributes]
    except ValueError:
        raise InvalidRequestError(
            "its attributes cannot be read (RFC 2986 section 4): make it anew"
        ) from None
    # Whoever reads only the first of two would judge other names than the CA does.
    if len(set(kinds)) < len(kinds) or len(_EXTENSION_REQUESTS.intersection(kinds)) > 1:
        raise InvalidRequestError("it has an attribute twice, and so may ask for two things: make it anew")
    try:
        return csr.extensions
    except x509.DuplicateExtension as error:
        raise InvalidRequestError(
            f"it has the extension {error.oid.dotted_string} twice: make it anew"
        ) from None
    except (ValueError, TypeError, x509.UnsupportedGeneralNameType):
        raise InvalidRequestError(
            "its extensions, or the names in them, cannot be read (RFC 5280 section 4.2): make it anew"
        ) from None


def _check_extension(extension: x509.Extension[x509.ExtensionType]) -> None:
    """Refuse what only the certificates of a CA have (RFC 5280 section 4.2.1, RFC 6960 section 4.2.2.2)."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    match extension.value:
        case x509.BasicConstraints(ca=True):
            what = "to be a CA (basicConstraints)"
        case x509.KeyUsage(key_cert_sign=True) | x509.KeyUsage(crl_sign=True):
            what = "to sign certificates or revocation lists (keyUsage)"
        case x509.NameConstraints():
            what = "for the constraints of a CA (nameConstraints)"
        case x509.PolicyConstraints() | x509.InhibitAnyPolicy():
            what = "for the policies of a CA (policyConstraints, inhibitAnyPolicy)"
        case x509.UnrecognizedExtension() if extension.oid.dotted_string == _POLICY_MAPPINGS:
            what = "for the policies of a CA (policyMappings)"
        case x509.ExtendedKeyUsage() as usages if ExtendedKeyUsageOID.OCSP_SIGNING in usages:
            what = "to answer for a CA (extendedKeyUsage OCSPSigning)"
        case x509.OCSPNoCheck():
            what = "to answer for a CA (id-pkix-ocsp-nocheck)"
        case x509.UnrecognizedExtension() if extension.critical:
            what = f"for a critical extension that is not known here ({extension.oid.dotted_string})"
        case _:
            return
    raise InvalidRequestError(f"it asks {what}, which no certificate from here has: make it without")


def _identifier(name: x509.GeneralName) -> Identifier:
    from cryptography import x509

    match name:
        case x509.DNSName(value=text):
            identifier = _name(text)
            if identifier.type == "ip":
                raise InvalidRequestError(
                    f"the address {identifier} is in it as a DNS name: put it in as an address "
                    f"(`IP:{identifier}` for openssl)"
                )
            return identifier
        case x509.IPAddress(value=IPv4Address() | IPv6Address() as address):
            return _name(str(address))
        case x509.IPAddress():
            raise InvalidRequestError("it asks for a whole range of addresses: name each address")
    kind = _KINDS.get(type(name).__name__, "a name of another kind")
    raise InvalidRequestError(f"it asks for {kind}; only DNS names and addresses can be had: leave that out")


def _check_common_name(csr: x509.CertificateSigningRequest, identifiers: tuple[Identifier, ...]) -> None:
    """See to it that a common name says nothing new (Baseline Requirements, section 7.1.4.3)."""
    from cryptography.x509.oid import NameOID

    try:
        found = [str(each.value) for each in csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    except (ValueError, TypeError):
        raise InvalidRequestError(
            "its subject cannot be read (RFC 5280 section 4.1.2.6): make it anew"
        ) from None
    if len(found) > 1:
        raise InvalidRequestError(f"it has {len(found)} common names: leave one of them, or none")
    for text in found:
        if _name(text) not in identifiers:
            raise InvalidRequestError(
                f"its common name {text!r} is not among its subject alternative names: add it there, or "
                "leave it out"
            )


def _name(text: str) -> Identifier:
    """Return an identifier that is written as a CA compares it; only upper and lower case are the same."""
    shown = repr(text) if len(text) <= _LONGEST_NAME else f"{text[:60]!r}..."
    if not text.isascii():
        raise InvalidRequestError(f"the name {shown} is not in ASCII: write it with A-labels (xn--...)")
    if text.endswith("."):
        raise InvalidRequestError(f"the name {shown} ends in a dot, which no certificate has: leave that out")
    if len(text) > _LONGEST_NAME:
        raise InvalidRequestError(f"the name {shown} has {len(text)} characters; no name is so long")
    try:
        identifier = parse_identifier(text.lower())
    except InvalidIdentifierError as error:
        raise InvalidRequestError(f"no CA would certify a name in it: {error}") from None
    if identifier.value != text.lower():
        raise InvalidRequestError(f"the name {shown} is written in an unusual way: write {identifier}")
    return identifier
