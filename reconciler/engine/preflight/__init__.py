"""Before an order: everything that would make it fail, as far as that can be seen from here."""

from reconciler.engine.preflight.asking import PreflightOptions
from reconciler.engine.preflight.run import preflight

__all__ = ["PreflightOptions", "preflight"]
