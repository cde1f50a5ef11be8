"""What runs only in the process of the program that is judged. No expected value comes here."""
