"""Redmine's endpoints."""
