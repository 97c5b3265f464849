"""The command line, one module a command group: only here is anything printed, and the program ended."""
