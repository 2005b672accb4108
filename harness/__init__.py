"""The template's part; yours is src/. Each package's __init__ says what it holds (harness/README.md)."""
