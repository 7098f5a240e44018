"""Where pages of personal folders belong: scored over what the team's shared pages show. Pure."""
