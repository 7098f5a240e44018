"""What one sentence says, decided from the sentence alone."""
