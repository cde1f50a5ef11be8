"""Run a command and print its output as an SVG picture of a terminal.

python docs/terminal.py rltf doctor > docs/images/doctor.svg
"""

from __future__ import annotations

import subprocess
import sys
from xml.sax.saxutils import escape

CHARACTER_WIDTH, LINE_HEIGHT, MARGIN = 8.0, 18, 16
FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
BACKGROUND, FOREGROUND, PROMPT = "#1e1e2e", "#cdd6f4", "#a6e3a1"


def picture(command: str, output: str) -> str:
    """Return the picture of a terminal in which a command has printed its output."""
    lines = [f"$ {command}", *output.rstrip("\n").split("\n")]
    width = round(max(map(len, lines)) * CHARACTER_WIDTH + 2 * MARGIN)
    height = len(lines) * LINE_HEIGHT + 2 * MARGIN
    rows = [
        f'<text x="{MARGIN}" y="{MARGIN + LINE_HEIGHT * number - 5}"'
        f' textLength="{len(line) * CHARACTER_WIDTH:g}"'
        f' fill="{PROMPT if number == 1 else FOREGROUND}">{escape(line)}</text>'
        for number, line in enumerate(lines, 1)
        if line
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
            f' width="{width}" height="{height}" role="img">',
            f"<title>{escape(command)}</title>",
            f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
            f'<g font-family="{FONT}" font-size="13" xml:space="preserve">',
            *rows,
            "</g>",
            "</svg>",
            "",
        ]
    )


def main(command: list[str]) -> None:
    """Run the command, fail as it fails, and print the picture of what it prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    print(picture(" ".join(command), done.stdout), end="")


if __name__ == "__main__":
    main(sys.argv[1:])
