"""What a resume may change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rltf.errors import ConfigError
from rltf.trainer.config import Config
from rltf.trainer.resumed_options import MAY_CHANGE, changes, notes, require_resume

RUN = Path("runs/mine")
STORED = Config(steps=320, final_learning_rate_share=0.1)


def test_a_change_that_leaves_the_past_as_it_is_is_listed_and_explained() -> None:
    wanted = replace(STORED, steps=640, micro_batch_size=1)
    found = changes(RUN, STORED, wanted, 160)
    assert {change.option: change.to_dict() for change in found} == {
        "steps": {"step": 160, "option": "steps", "from": 320, "to": 640},
        "micro_batch_size": {"step": 160, "option": "micro_batch_size", "from": 4, "to": 1},
    }
    assert sorted(notes(found, wanted)) == [
        "micro_batch_size is 1 after step 160, and was 4: from here on, results repeat only up to "
        "rounding",
        "steps is 640 after step 160, and was 320",
        "the learning rate falls until the last step, so that it goes on at 78% of its peak instead "
        "of 55%",
    ]


def test_a_change_of_the_past_is_refused_with_the_reason() -> None:
    with pytest.raises(ConfigError) as refused:
        changes(RUN, STORED, replace(STORED, temperature=0.5), 160)
    assert str(refused.value) == (
        "cannot resume runs/mine with temperature=0.5: what it has done so far was done with "
        f"temperature=1.0; only {', '.join(MAY_CHANGE)} may change, or start another run with --out"
    )
    with pytest.raises(ConfigError, match="with steps=159: it has taken 160 steps already"):
        changes(RUN, STORED, replace(STORED, steps=159), 160)
    assert len(changes(RUN, STORED, replace(STORED, steps=160), 160)) == 1


def test_another_number_of_steps_for_the_same_folder_names_the_command() -> None:
    with pytest.raises(ConfigError, match="--resume runs/mine --set steps=640 continues it"):
        require_resume(RUN, STORED, replace(STORED, steps=640))
    require_resume(RUN, STORED, replace(STORED, steps=640, temperature=0.5))  # refused elsewhere
