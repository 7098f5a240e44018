"""esa's HTTP surface: tokens, rate limit, bodies."""
