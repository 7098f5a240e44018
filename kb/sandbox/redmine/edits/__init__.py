"""Edits made as another person, for tests."""
