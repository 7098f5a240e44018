"""Which incidents are the same trouble again: their sketches compared, without opening a page."""
