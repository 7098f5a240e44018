"""Publish into a section of one esa post or Redmine ticket, or into a file."""
