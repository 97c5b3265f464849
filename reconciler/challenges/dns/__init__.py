"""DNS challenges: where a record belongs, who publishes it, and whether it can be seen."""
