"""What a ticket and its notes say about its state."""
