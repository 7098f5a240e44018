"""How likely a string is a secret."""
