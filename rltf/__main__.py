"""``python -m rltf``."""

from rltf.cli import main

main(prog_name="rltf")
