"""Redmine's filters and sort orders."""
