"""Proposals: one verb a file; a row in, a change out (or the reason for none, or None). Pure."""
