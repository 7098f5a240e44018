"""What kb itself depends on, for its next operators."""
