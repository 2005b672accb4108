"""More than one file and more than one machine: the row-wise work, spread over the workers of a Dask cluster."""
