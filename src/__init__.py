"""The project's code: one flat package, imported as `src`."""
