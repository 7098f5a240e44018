"""What the sandbox's esa knows."""
