"""The generated parts of the documentation, one module a source: schemas, commands, the order machine, imports."""
