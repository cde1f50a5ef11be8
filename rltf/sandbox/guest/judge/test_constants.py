"""The texts that stand in a test's code. To run one of them is to run the test."""

from __future__ import annotations

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator
    from typing import Any


class Constants:
    """The constants of one test, read when one is asked for.

    Args:
        code: The whole text of the test.
    """

    def __init__(self, code: str) -> None:
        self._code = code
        self._texts: frozenset[bytes] | None = None

    def __contains__(self, text: Any) -> bool:
        if isinstance(text, str):
            text = text.encode("utf-8", "surrogatepass")
        if not isinstance(text, bytes):
            return False
        if self._texts is None:
            self._texts = frozenset(
                each.encode("utf-8", "surrogatepass").strip() for each in _texts(self._code)
            )
        return text.strip() in self._texts


def _texts(code: str) -> Iterator[str]:
    import ast
    import textwrap

    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Constant(str(text)):
                yield text
                yield textwrap.dedent(text)
            case ast.Constant(bytes(data)):
                yield data.decode("utf-8", "surrogateescape")
        for annotation in _annotations(node):
            yield ast.unparse(annotation)  # what the class or function keeps of it


def _annotations(node: ast.AST) -> Iterator[ast.expr]:
    for name in ("annotation", "returns"):
        found = getattr(node, name, None)
        if found is not None:
            yield found
