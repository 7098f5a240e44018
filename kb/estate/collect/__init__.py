"""Collect what runs: read what the standard tools print, without its secrets, and keep it as snapshots."""
