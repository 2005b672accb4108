"""What every package uses: the contract, parameters, paths, errors, files."""
