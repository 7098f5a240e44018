"""Machines of an inventory against nodes of the model."""
