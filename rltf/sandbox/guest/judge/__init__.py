"""What runs only in a judge, with test code and expected values. No program comes here."""
