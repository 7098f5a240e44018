"""What state.db remembers, as a file that travels between machines: no text, no title, no value of any document."""
