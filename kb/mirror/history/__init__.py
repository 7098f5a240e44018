"""What changed: old versions, events, earlier findings, runs."""
