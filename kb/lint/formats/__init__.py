"""How findings leave kb: one module a format, each a `Writer` that is fed document by document."""
