"""Measurements: `python -m bench [name …]`, or `make bench ARGS="name …"`."""
