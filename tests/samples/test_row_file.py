"""One reader of rows: the content tells what a file is, whatever its name; what is wrong is named in a line."""

import bz2
import gzip
import io
import json
import lzma
import pickle
import tarfile
import zipfile

import pytest

from rltf.dataset import DataError
from rltf.samples import row_file

A, B = {"id": "a", "n": [1, {"x": "é\n"}]}, {"id": "b"}
LINES = f"{json.dumps(A)}\n{json.dumps(B)}\n"
LIST = json.dumps([A, B])


def zipped():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("x.jsonl", LINES)
    return data.getvalue()


def tarred():
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("x.jsonl"))
    return data.getvalue()


@pytest.fixture
def read(tmp_path):
    def read(content, name="data"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return list(row_file.rows(path))

    return read


@pytest.mark.parametrize("name", ["x.jsonl", "x.json", "x"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize(
    "text",
    [
        LINES,
        LINES.replace("\n", "\r\n"),
        LINES.replace("\n", "\r"),
        LINES.rstrip(),
        f"\n \n{LINES}\n\n\n",
        LIST,
        f"{LIST}\n",
        f"\n\r\n  {LIST}\r\n",
        json.dumps([A, B], indent=1),
        json.dumps([A, B], indent="\t").replace("\n", "\r\n"),
        json.dumps([A, B], indent=2).replace("\n", "\r"),
        f"[\n{json.dumps(A)},\n{json.dumps(B)}\n]",
        f"[{json.dumps(A)}\n,{json.dumps(B)}]",
    ],
)
def test_the_same_rows_come_out_of_every_container(read, name, pack, bom, text):
    found = read(pack((bom + text).encode()), name)
    assert [row.value for row in found] == [A, B]
    assert [row.position.split()[1] for row in found][-1] in ("2", "4")


@pytest.mark.parametrize("indent", [None, 1, "\t"])
def test_one_object_is_one_row(read, indent):
    assert [row.value for row in read(json.dumps(A, indent=indent))] == [A]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('["a", "b"]', [["a", "b"]]),
        ('["a"]\n["b"]\n', [["a"], ["b"]]),
        ('[["a"], ["b", "c"], []]', [["a"], ["b", "c"], []]),
        ('["a"]\n[["b"], ["c"]]\n', [["a"], [["b"], ["c"]]]),
        ('[\n ["a"],\n ["b"]\n]', [["a"], ["b"]]),
        ('["a"]\r["b"]', [["a"], ["b"]]),
        ("[]", []),
        ("3", [3]),
        ('[{"id": NaN}, {"id": -Infinity}]', None),
    ],
)
def test_lists_of_texts_are_rows(read, text, values):
    found = [row.value for row in read(text)]
    if values is None:
        assert [str(row["id"]) for row in found] == ["nan", "-inf"]
    else:
        assert found == values


@pytest.mark.parametrize("content", ["", "\n \r\n", "\ufeff", "\ufeff\n\n"])
def test_nothing_holds_no_rows(read, content):
    assert read(content) == []
    assert read(gzip.compress(content.encode())) == []


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ('{"a": 1}\n{"a": \n{"a": 2}\n', {"line 2": "not JSON (Expecting value at column 7)"}),
        ('{"a": \n{"a": 2}\n', {"line 1": "not JSON (Expecting value"}),
        ('{"a": 1},\n{"a": 2},\n', {"line 1": "holds one value", "line 2": "holds one value"}),
        ('{"a": 1} {"a": 2}\n', {"line 1": "holds one value, and nothing after it"}),
        ('{"a": 1}\n{"a": "tor', {"line 2": "the file ends in the middle of this line"}),
        ('{"a": 1}\n{"a": 2', {"line 2": "the file ends in the middle of this line"}),
        ('{"a": 1, "a": 2}\n{"b": 1}', {"line 1": "the key 'a' is given twice"}),
        ('{"a": {"b": 1, "b": 1}}', {"line 1": "the key 'b' is given twice"}),
        ('{"a": 1}\r{"a" 2}\r{"a": 3}', {"line 2": "not JSON"}),
        ("{'a': 1}\n{'a': 2}", {"line 1": "double quotes", "line 2": "double quotes"}),
        ("print(1)\n", {"line 1": "not JSON"}),
    ],
)
def test_a_line_that_is_wrong_is_named(read, text, faults):
    found = {row.position: row.fault for row in read(text) if row.fault}
    assert found.keys() == faults.keys()
    for place, fault in faults.items():
        assert fault in found[place]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (json.dumps([A, B], indent=1)[:-3], "the file ends too early"),
        ('[\n{"id": "a"},\n]', "not JSON"),
        (f"{json.dumps(A, indent=1)}\n{json.dumps(B, indent=1)}\n", "each value on a line of its"),
        (json.dumps([A, B], indent=1) + "\n[]", "Extra data at line 15, column 1"),
        (LINES.encode("utf-16"), "text in UTF-16: save it as UTF-8"),
        (LINES.encode("utf-16-le"), "text in UTF-16"),
        (LINES.encode("utf-16-be"), "text in UTF-16"),
        (LINES.encode("utf-32"), "text in UTF-32: save it as UTF-8"),
        (b"\x1f\x8bnothing", "damaged gzip file"),
        (gzip.compress(LINES.encode() * 999, mtime=0)[:-20], "damaged gzip file"),
        (gzip.compress(gzip.compress(LINES.encode(), mtime=0), mtime=0), "compressed twice"),
        (b"PAR1nothing", "cannot read parquet"),
        (gzip.compress(b"PAR1nothing", mtime=0), "parquet inside of gzip"),
        (zipped(), "a zip archive: unpack it first"),
        (tarred(), "a tar archive"),
        (gzip.compress(tarred(), mtime=0), "a tar archive"),
        (bz2.compress(LINES.encode()), "compressed with bzip2"),
        (lzma.compress(LINES.encode()), "compressed with xz"),
        (pickle.dumps([A, B]), "a pickle, which may run code"),
    ],
)
def test_a_file_of_another_kind_is_one_line(read, tmp_path, content, fault):
    with pytest.raises(DataError) as caught:
        read(content)
    assert str(caught.value).startswith(f"{tmp_path / 'data'}: ")
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_path_that_is_no_file_is_one_line(tmp_path):
    (tmp_path / "samples.jsonl").touch()
    for name, fault in [
        ("sample.jsonl", f"No such file or directory; did you mean {tmp_path / 'samples.jsonl'}?"),
        ("x/y.jsonl", "No such file or directory"),
        ("", "Is a directory"),
        ("/dev/null", "not a regular file"),
        ("samples.jsonl/x", "No such file"),
    ]:
        with pytest.raises(DataError) as caught:
            list(row_file.rows(tmp_path / name))
        assert fault in str(caught.value)


def test_a_line_has_a_longest_length_and_a_document_has_none(read, monkeypatch):
    monkeypatch.setattr(row_file, "LONGEST_LINE", 100)
    long, short = json.dumps({"id": "x" * 200}), json.dumps({"id": "y"})
    found = read(f"{short}\n{long}\n{short}\n")
    assert [row.fault != "" for row in found] == [False, True, False]
    assert found[2].position == "line 3"
    found = read(f"{long}\n{short}\n")
    assert [row.fault != "" for row in found] == [True, False]
    assert [row.value["id"] for row in read(f"[{long}, {short}]\n")] == ["x" * 200, "y"]
    assert [row.fault for row in read(" " * 99 + short)] == [""]


def test_a_row_is_read_again_by_its_offset(read, tmp_path):
    text = f"\ufeff\n{LINES}".replace("\n", "\r\n") + json.dumps(A) + "\r" + json.dumps(B) + "\r"
    found = read(text)
    assert [row.position for row in found] == [f"line {n}" for n in range(2, 6)]
    for row in found:
        assert row_file.row_at(tmp_path / "data", row.offset) == row.value
    (tmp_path / "data").write_text("x")
    with pytest.raises(DataError, match="changed while it was in use"):
        row_file.row_at(tmp_path / "data", found[1].offset)
    assert all(row.offset is None for row in read(gzip.compress(text.encode())))
