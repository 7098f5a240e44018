"""Who owns a document, and whose names may be shown."""
