"""What both sandboxes share: clock, faults, counters."""
