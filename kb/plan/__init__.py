"""Plans: their file, their groups, and what is worked out about them without sending anything."""
