"""Models that write programs: loading, generation, likelihood, and the writers of samples."""
