"""SYS1xx: what the text of a system diagram leaves open, and what it says that is no longer so."""
