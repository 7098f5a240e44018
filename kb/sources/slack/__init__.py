"""Slack, which is only written to."""
