"""A text as the detectors see it."""
