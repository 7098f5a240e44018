"""SYS23x: what is deployed where, and whether it is what the repository says."""
