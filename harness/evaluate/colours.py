"""The colours of every picture: of a middle brightness, since pages have a light and a dark mode."""

BLUE, GREEN, RED, GREY, INK = "#1f6feb", "#2da44e", "#e5534b", "#8c959f", "#6e7781"
