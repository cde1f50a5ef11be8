"""Whether the program has a part in what broke a test, before the test's first request.

A test that fails on a class of the program (``pytest.raises(f)``, ``isinstance(x, f)``) has asked
the program nothing, and yet another program would pass it.
"""

from __future__ import annotations

import ast

from . import function_stubs


def names_program(error: BaseException, filename: str, code: str) -> bool:
    """Return whether the expression of the test that raised an error names the program.

    Args:
        error: The exception.
        filename: The name of the test's code in its frames.
        code: Its text.
    """
    trace, found = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            found = trace
        trace = trace.tb_next
    if found is None:
        return False
    frame = found.tb_frame
    variables = {**frame.f_globals, **frame.f_locals}
    positions = list(frame.f_code.co_positions())
    line, end_line, column, end_column = positions[found.tb_lasti // 2]
    if None in (line, end_line, column, end_column):
        return False
    start, end = (line, column), (end_line, end_column)
    return any(
        isinstance(node, ast.Name)
        and start <= (node.lineno, node.col_offset)
        and (node.end_lineno, node.end_col_offset) <= end
        and function_stubs.is_stub_of_name(variables.get(node.id))
        for node in ast.walk(ast.parse(code))
    )
