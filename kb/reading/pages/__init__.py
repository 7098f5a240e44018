"""What kind of page a text is, and its marks."""
