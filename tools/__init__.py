"""For developers: a real CA to test against, and a demonstration that runs on it."""
