"""What the sandbox's Redmine knows."""
