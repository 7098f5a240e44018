"""What changed: old versions, events, the findings of earlier runs."""
