"""Built-in datasets, which supply the problems."""
