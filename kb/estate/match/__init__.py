"""Match an inventory's machines to a model's nodes."""
