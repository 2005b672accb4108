"""Show this list."""
