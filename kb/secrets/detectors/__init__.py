"""Where a secret may stand: one module a form."""
