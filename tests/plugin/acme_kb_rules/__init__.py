"""ACME: what we ask of our pages. One file is one rule."""
