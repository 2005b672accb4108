"""Versions of the model and the stages they run at: registered, promoted, verified, rolled back."""
