"""The system's pictures as a section of a post: what is in it, and what of it esa already has."""
