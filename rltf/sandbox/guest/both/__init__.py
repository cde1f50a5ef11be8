"""What runs in candidates and in judges."""
