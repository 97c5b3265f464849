"""What is measured: issuing beside lego, start-up, planning, the policy, and who asked; see `--help`."""
