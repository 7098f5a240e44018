"""Findings a team set aside: baseline and decisions."""
