"""Hook of the documentation site: a link to a file outside ``docs/`` becomes the file's path."""

from __future__ import annotations

import re
from typing import Any

LINK_OUT = re.compile(r"\[([^\]]+)\]\((?P<up>(?:\.\./)+)(?P<path>[^)#]*)(?:#[^)]*)?\)")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Return the page without its links to other files of the repository."""
    depth = page.file.src_uri.count("/") + 1

    def replace(link: re.Match[str]) -> str:
        if link["up"].count("../") < depth:
            return link[0]
        path = f"`{link['path']}`"
        return path if link[1] == link["path"] else f"{link[1]} ({path})"

    return LINK_OUT.sub(replace, markdown)
