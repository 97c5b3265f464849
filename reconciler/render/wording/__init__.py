"""The one place with words for plans, orders and events.

Everything is returned as one line, cleaned: no name from a file, no text from a CA can act on a terminal.
"""
