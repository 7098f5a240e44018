"""What to ask of one person: what only they know, times how likely it is to break."""
