"""Named bugs, each applied to a copy of the code, to see that the laws find it: `make simulate MUTANTS=1`."""
