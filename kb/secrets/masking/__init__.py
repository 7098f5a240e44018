"""Putting `********` in the place of values, and values known from elsewhere."""
