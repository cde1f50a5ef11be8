"""What runs inside the zygotes and their children. Imports nothing of rltf but what lies here.

A zygote loads these files by path, under names of its own, so that a program that it forks finds no
trace of rltf among the modules it can import.

What a candidate's zygote imports is copied at every fork, so these files do without modules that
programs seldom need: ``typing`` is for the type checker alone (it takes ``TYPE_CHECKING`` to be true).
"""
