"""The terminal: printing, asking, progress, programs run for their output."""
