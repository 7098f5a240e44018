"""The system diagram: a model in text, its pictures as files, and how they are published."""
