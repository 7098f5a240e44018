"""About the fix."""
