"""What the findings of the mirror give to plans."""
