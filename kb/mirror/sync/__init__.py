"""What every source's sync shares: its job, its lock, its attachments."""
