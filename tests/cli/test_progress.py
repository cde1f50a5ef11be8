"""Progress of long work."""

from rltf.cli import progress


def test_elsewhere_than_on_a_terminal_it_is_a_plain_line_now_and_then(monkeypatch, capsys):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    assert list(progress.progress("ab", total=2, unit="samples")) == ["a", "b"]
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in lines] == [
        "rltf: 1 of 2 samples",
        "rltf: 2 of 2 samples",
    ]
