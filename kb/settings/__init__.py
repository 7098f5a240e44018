"""kb.toml, the workspace, keys, and the TOML tables of a team."""
