"""What kb knows, laid out for people: lists and reports, made of kept entries and findings alone."""
