"""Every secret there is, by value: where it stands, who can read it, what it opens; never the value."""
