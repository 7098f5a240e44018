"""The weekly report: one `Week` from Facts and history, and the faces it is told in."""
