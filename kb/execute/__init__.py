"""Sending a plan: preflight, apply, recovery after a crash, undo."""
