"""Surroundings: what kind of text a candidate stands in, and whether that makes it a name instead of a value."""
