"""The system diagram: a model in text, its pictures, and where they and reality differ."""
