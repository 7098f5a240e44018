"""Run rules over the mirror or files, with caches and waivers."""
