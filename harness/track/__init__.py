"""The bridge to MLflow: the last run, told to a tracking server."""
