"""Everything built in, registered through the hooks that third parties use."""
