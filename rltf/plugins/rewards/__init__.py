"""Built-in rewards: the value of a verdict, and the part of the program that receives it."""
