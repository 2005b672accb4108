"""What the running model sees and loses, with a stated chance of a false alarm over its whole deployed life."""
