"""A stranger's table → a schema, parameters and data of this project: `make adopt`."""
