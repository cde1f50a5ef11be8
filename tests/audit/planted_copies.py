"""Datasets with problems that another problem or dataset has."""

from __future__ import annotations

from dataclasses import replace

from planted_datasets import BACKWARDS, CUBE, JOIN, Planted

COPIES = [
    Planted(
        "the same description",
        "duplicate",
        replace(CUBE, task_id="again"),
        "description of cube",
        (CUBE,),
    ),
    Planted(
        "the same tests",
        "duplicate",
        replace(JOIN, task_id="again", prompt="Some quite different words that nobody else uses."),
        "tests of join",
        (JOIN,),
    ),
    Planted(
        "a problem of the benchmark",
        "leak",
        BACKWARDS,
        "the description of leaked",
        against=(replace(BACKWARDS, task_id="leaked", tests=BACKWARDS.tests[:1]),),
    ),
    Planted(
        "tests of the benchmark",
        "leak",
        JOIN,
        "tests of leaked",
        against=(replace(JOIN, task_id="leaked", prompt="Words with hyphens, please."),),
    ),
]
