"""The model of a team's system, and its TOML."""
