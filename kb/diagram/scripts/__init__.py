"""Run a team's own `diagrams` scripts in a process apart and take what they draw as data."""
