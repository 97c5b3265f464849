"""The certification authority as a port, and RFC 8555 behind it.

Only this package knows acme, josepy and the HTTP library; `port` imports none of them.
"""
