"""What was collected of a running system, joined with its model: who is one machine, and what may be said. Pure."""
