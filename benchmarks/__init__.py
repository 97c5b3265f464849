"""What is measured: issuing beside lego, start-up, and planning. `python -m benchmarks --help`."""
