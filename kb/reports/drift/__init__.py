"""Drift in the weekly report: what is new, mended and ignored between the model and what runs."""
