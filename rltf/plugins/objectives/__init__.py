"""Built-in objectives, one a file."""
