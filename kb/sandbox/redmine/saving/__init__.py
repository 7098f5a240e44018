"""Redmine's handling of a write: casts, validations, mails."""
