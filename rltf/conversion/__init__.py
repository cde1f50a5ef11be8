"""Conversion: sample files and result files of one tool, written as another tool has them.

What a converted file holds are the programs that would be judged: fenced code is cut out of its prose,
and completions follow their prompts. What the other form cannot say is counted as a loss.
"""
