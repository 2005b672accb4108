"""One file for each make target, of the same name."""
