"""Helpers for strings: lines, folding, dates, patterns, display, languages."""
