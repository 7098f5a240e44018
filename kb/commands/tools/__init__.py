"""Commands for the mirror and the state themselves, and the sandbox."""
