"""About the cause."""
