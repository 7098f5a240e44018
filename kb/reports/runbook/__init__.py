"""Draft a runbook of a node from what its past incidents tell: signs, checks, what restored it, whom to call."""
