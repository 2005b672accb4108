"""This list."""
