"""SYS20x: what the sources of drift could not say, so that nobody takes silence for good news."""
