"""The mirror as a folder of files for people and for git."""
