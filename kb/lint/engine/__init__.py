"""A lint run: gather, judge, join, write."""
