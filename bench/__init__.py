"""Measurements: `python -m bench [name [options]]`, or `make bench ARGS="name [options]"`."""
