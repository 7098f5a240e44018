"""Markdown, Textile and HTML to blocks and outlines."""
