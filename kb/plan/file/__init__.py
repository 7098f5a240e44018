"""plan.toml, which people read, edit and share: parse it, render it, and patch decisions into its text."""
