"""Running the rules: over the mirror or over files, with caches and waivers."""
