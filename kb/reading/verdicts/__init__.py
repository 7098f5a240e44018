"""What is wrong with the claims of a role."""
