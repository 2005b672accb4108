"""What is measured of a model: metrics, intervals, slices, plots."""
