"""What Redmine does with a write: casts, validations, mails."""
