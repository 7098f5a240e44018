"""Documents given to lint by path or as JSON lines."""
