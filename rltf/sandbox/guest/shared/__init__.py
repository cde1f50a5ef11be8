"""What runs in candidates and in judges. The client uses parts of it as well."""
