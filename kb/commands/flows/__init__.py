"""What several commands do in the same way: apply, publish, report findings, stop."""
