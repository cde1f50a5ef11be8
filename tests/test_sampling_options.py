from __future__ import annotations

import pytest

from rltf.sampling_options import Sampling


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": -0.1}, "sampling: temperature must be a number of at least 0, not -0.1"),
        ({"top_p": 0.0}, "sampling: top_p must be a number above 0 and at most 1, not 0.0"),
        ({"max_new_tokens": 0}, "max_new_tokens must be a whole number of at least 1, not 0"),
    ],
)
def test_an_option_out_of_its_range_is_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Sampling(**options)  # type: ignore[arg-type]
