"""Where the repository is, and how patient a test is."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 180  # seconds, of which a machine that is many times slower, or stops for a while, may need some
