"""What a section claims: items, owners, due dates, states."""
