"""Export the mirror as a folder of files for people and git."""
