"""The detector's version, apart from the detector: who only compares it need not load the patterns."""

from __future__ import annotations

DETECTOR_VERSION = 10
"""Raised when the same text may give other secrets."""
