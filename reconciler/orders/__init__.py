"""The order machine, which challenge to choose, and the instructions for those that people fulfil."""
