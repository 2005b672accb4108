"""Two models on the same rows: changes, verdicts, the gate."""
