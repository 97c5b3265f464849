"""Frozen values: what is wanted, what is known, and what is found wrong. No I/O, no clock."""
