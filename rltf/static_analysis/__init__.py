"""What rewards learn about a program without running it: faults, and likeness to references."""
