"""Built-in prompt formats, one a file."""
