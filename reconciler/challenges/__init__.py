"""Who fulfils a challenge without a person: one port, one module a way."""
