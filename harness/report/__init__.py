"""What people read: the report as data, as Markdown, on the terminal."""
