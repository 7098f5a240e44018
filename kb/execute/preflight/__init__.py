"""Checks and estimates before a plan is sent."""
