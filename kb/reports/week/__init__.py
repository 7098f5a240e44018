"""The weekly report: one `Week` from Facts and history, and its formats."""
