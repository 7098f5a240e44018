"""SYS21x: instances and nodes that do not fit."""
