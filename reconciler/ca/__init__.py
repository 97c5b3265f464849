"""The certification authority as a port, and RFC 8555 behind it.

Only `registration` knows acme and josepy, which are slow to import; HTTP is the package's own.
"""
