"""Headings, and the roles of the sections below them."""
