"""Fixes that lint applies to files."""
