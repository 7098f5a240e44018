"""About single measures."""
