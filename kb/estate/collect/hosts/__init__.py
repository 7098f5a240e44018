"""What the hosts script printed, read into hosts that hold no secret."""
