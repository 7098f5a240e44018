"""List every secret by value: places, readers, targets; never the value."""
