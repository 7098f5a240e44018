"""Redmine as a source: its client, its rows, its sync, and what is written to it."""
