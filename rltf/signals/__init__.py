"""What rewards beside the tests are made of: static analysis, comparison with references, bounds."""
