"""The state directory: YAML records for people to read, private keys beside them, one writer at a time."""

from reconciler.store.store import Store

__all__ = ["Store"]
