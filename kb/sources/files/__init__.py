"""Folders of Markdown files."""
