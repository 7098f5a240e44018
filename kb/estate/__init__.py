"""What really runs: collected from the tools that know, matched with the model, and compared with it."""
