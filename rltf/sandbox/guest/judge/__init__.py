"""What runs in a judge, beside test code and expected values. No program ever comes here."""
