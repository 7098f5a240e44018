"""Output formats of lint, one `FindingWriter` each."""
