"""Where documents come from: one folder a source, and what all of them share."""
