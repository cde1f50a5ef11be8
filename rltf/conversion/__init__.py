"""Conversion: sample files and result files of one tool, written as another tool has them.

A converted file holds the programs that would be judged: fenced code is cut out of its prose, and
completions follow their prompts. What the other format cannot express is counted as a loss.
"""
