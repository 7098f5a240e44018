"""About being done: marked, moved, still open."""
