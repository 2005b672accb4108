"""The one error that people see."""


class ProjectError(Exception):
    """Bad input: each line of the message names the file, the key or column, and the value."""
