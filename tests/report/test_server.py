"""What the server of live reports says of errors."""

from __future__ import annotations

import pytest

from rltf.report.server import _Server


@pytest.mark.parametrize(("error", "is_shown"), [(BrokenPipeError(), False), (KeyError(9), True)])
def test_only_a_reader_that_went_away_is_no_fault(
    error: Exception, is_shown: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    server = _Server(None, "127.0.0.1", 0)  # type: ignore[arg-type]
    with server:
        try:
            raise error
        except Exception:
            server.handle_error(None, ("127.0.0.1", 1))
    assert (type(error).__name__ in capsys.readouterr().err) == is_shown
