"""Checklists: what colleagues are asked about a plan, and what the revisions of a post say they answered. Pure."""
