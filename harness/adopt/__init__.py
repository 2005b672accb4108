"""A table becomes the project: schema, parameters, data."""
