"""A mirrored text, scanned once for secrets and masked."""
