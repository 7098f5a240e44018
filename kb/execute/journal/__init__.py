"""What a run wrote down before and after each request."""
