"""The command ``rltf``, also as ``python -m rltf``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; Ctrl-C ends it in one line even while its modules are imported."""
    try:
        from rltf.cli import main as command_line

        command_line(prog_name="rltf")
    except KeyboardInterrupt:
        if sys.stderr is not None:
            sys.stderr.write("rltf: stopped\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
