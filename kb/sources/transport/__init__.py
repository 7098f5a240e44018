"""HTTP for all sources: one gate, one limiter, one redactor."""
