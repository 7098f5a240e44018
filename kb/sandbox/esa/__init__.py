"""esa's API v1 as its documentation and its clients describe it, over data in memory."""
