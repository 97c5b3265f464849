"""Declarative certificates from any ACME certification authority (RFC 8555)."""

__version__ = "0.1.0"
