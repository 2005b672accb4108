"""The service: requests, answers, processes."""
