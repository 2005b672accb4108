"""The data, looked at before anything is learnt from it."""
