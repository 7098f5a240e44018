"""PII: personal data in pages."""
