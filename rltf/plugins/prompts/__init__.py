"""Built-in prompt formats, one or two per file."""
