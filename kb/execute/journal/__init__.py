"""The record of a run: what it was about to send, and what came of it."""
