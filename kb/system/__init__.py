"""The living system diagram: a model in text, its pictures, and where both and reality part."""
