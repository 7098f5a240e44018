"""A team's own scripts for the library `diagrams`: run apart from kb, and what they draw taken as data."""
