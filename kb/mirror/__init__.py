"""The local copy of every source: schema, writing, reading, searching. It knows no source's API."""
