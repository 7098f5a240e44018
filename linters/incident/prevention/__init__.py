"""About prevention as a whole."""
