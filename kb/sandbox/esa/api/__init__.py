"""esa's endpoints."""
