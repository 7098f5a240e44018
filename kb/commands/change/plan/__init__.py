"""`kb plan …`: what could be changed, written to a file."""
