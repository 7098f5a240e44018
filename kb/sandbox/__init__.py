"""An esa and a Redmine on loopback, with the traps the real ones have."""
