"""Edits of one section of a text. Pure."""
