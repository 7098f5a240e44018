"""The pages people read in a browser: served on loopback, or written as a folder."""
