"""The reader's version, apart from the reader: who only compares it need not load the judges."""

from __future__ import annotations

READER_VERSION = 14
"""Raised when the same text may give other Facts."""


# The detector's version, apart from the detector: who only compares it need not load the patterns.


DETECTOR_VERSION = 10
"""Raised when the same text may give other secrets."""
