"""Plans: their file, groups and impact. Pure: nothing here sends anything."""
