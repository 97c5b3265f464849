"""States that older versions of this program have left behind."""
