"""Did you mean."""

import pytest

from rltf.common.did_you_mean import nearest


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("tset", "; did you mean test?"),
        ("TEST", "; did you mean test?"),
        ("Test", "; did you mean test?"),
        ("training", "; did you mean train?"),
        ("holdout", ""),
        ("", ""),
    ],
)
def test_the_nearest_known_name(name, hint):
    assert nearest(name, ["train", "test", "validation"]) == hint
