"""Built-in policies. Nothing here imports torch before a policy is loaded."""
