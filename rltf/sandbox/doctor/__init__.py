"""What protects programs on this machine, and attacks that show whether it does."""
