"""Progress of long work."""

import pytest

from rltf.common import progress


def test_elsewhere_than_on_a_terminal_it_is_a_plain_line_now_and_then(monkeypatch, capsys):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    assert list(progress.progress("ab", total=2, unit="samples")) == ["a", "b"]
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in lines] == [
        "rltf: 1 of 2 samples",
        "rltf: 2 of 2 samples",
    ]


def test_a_phase_that_goes_on_counts_what_was_done_and_shows_figures(monkeypatch, capsys):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    shown = progress.Progress()
    shown.phase("steps", 9, name="train", done=6)
    shown.step(held_out="65.0%", loss="0.250")
    shown.note("stopping")
    shown.close()
    counted, note = capsys.readouterr().err.splitlines()
    assert counted.startswith("rltf: train 7 of 9 steps, ")
    assert counted.endswith(" left  held out 65.0%  loss 0.250")
    assert note == "rltf: stopping"


def test_on_a_terminal_it_is_a_bar_with_notes_above_it(monkeypatch, capsys):
    import sys

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    shown = progress.Progress()
    shown.phase("steps", 2, name="train")
    shown.step(loss="0.500")
    shown.note("continuing")
    shown.step()
    shown.close()
    text = capsys.readouterr().err
    assert "train: 100%" in text
    assert "2/2" in text
    assert "rltf: continuing\n" in text


def test_a_duration_has_the_unit_that_suits_it():
    seconds = (0.2, 59, 61, 3599, 9000)
    texts = [progress.duration(each) for each in seconds]
    assert texts == ["0 s", "59 s", "1 min", "60 min", "2.5 h"]


@pytest.mark.parametrize(
    ("values", "encoding", "shown"),
    [
        ([0.0, 0.5, 1.0], "utf-8", "▁▅█"),
        ([0.0, 0.5, 1.0], "ascii", "_+@"),
        ([0.0, 0.5, 1.0], "no such encoding", "_+@"),
        ([2.0, 2.0], "utf-8", "▁▁"),
        ([-3.0, -1.0], "utf-8", "▁█"),
    ],
)
def test_a_curve_has_a_character_for_each_number(values, encoding, shown):
    assert progress.sparkline(values, encoding) == shown


def test_a_long_curve_has_the_means_of_neighbours():
    assert progress.sparkline([0.0] * 100 + [1.0] * 100, "utf-8") == "▁" * 20 + "█" * 20


def test_a_bar_shows_a_share_however_small():
    assert [progress.bar(share, 4, "utf-8") for share in (0.0, 0.001, 0.5, 1.0)] == [
        "    ",
        "█   ",
        "██  ",
        "████",
    ]
    assert progress.bar(0.5, 4, "ascii") == "@@  "
