"""The project itself: its data, its remote, its template."""
