"""What runs beside the program that is judged. No expected value ever comes here."""
