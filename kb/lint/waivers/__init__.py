"""Findings a team has put aside: the baseline and decisions."""
