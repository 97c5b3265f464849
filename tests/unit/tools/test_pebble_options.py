from __future__ import annotations

from tools.pebble_options import PebbleOptions


def test_the_defaults_surprise_nobody() -> None:
    options = PebbleOptions()

    assert options.environment() == {
        "PEBBLE_WFE_NONCEREJECT": "0",
        "PEBBLE_AUTHZREUSE": "0",
        "PEBBLE_CHAIN_LENGTH": "1",
        "PEBBLE_ALTERNATE_ROOTS": "0",
        "PEBBLE_WFE_ORDERS_PER_PAGE": "500",
        "PEBBLE_VA_NOSLEEP": "1",
        "PEBBLE_VA_ALWAYS_VALID": "0",
    }
    assert options.configuration()["retryAfter"] == {"authz": 0, "order": 0}
    assert options.configuration()["externalAccountBindingRequired"] is False


def test_keys_for_external_account_binding_make_it_required() -> None:
    configuration = PebbleOptions(eab_keys={"kid-1": "c2VjcmV0"}).configuration()

    assert configuration["externalAccountBindingRequired"] is True
    assert configuration["externalAccountMACKeys"] == {"kid-1": "c2VjcmV0"}
