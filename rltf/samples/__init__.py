"""Files of samples and verdicts: reading them and writing them."""
