"""Lists and reports for people, made from cached entries and findings alone."""
