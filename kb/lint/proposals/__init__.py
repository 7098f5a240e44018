"""Turn findings of the mirror into proposals for plans."""
