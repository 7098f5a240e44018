"""One reading of a text: sections, claims, verdicts, what kind of page it is."""
