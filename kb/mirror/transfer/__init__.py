"""state.db as a file that travels between machines, without any document's text, title or value."""
