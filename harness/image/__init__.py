"""The container image: built and checked."""
