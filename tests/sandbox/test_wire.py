"""Python's view of csrc/protocol.h: it reads numbers and layouts from there and copies none."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from rltf.sandbox._native import ffi, lib

from rltf.sandbox.client import connection
from rltf.sandbox.client.isolation_layers import LAYERS
from rltf.sandbox.client.readable_paths import Kind
from rltf.sandbox.guest.shared import wire

SANDBOX = Path(connection.__file__).parents[1]


def test_every_layer_of_the_fork_server_has_a_description() -> None:
    bits = {f"LAYER_{name.upper()}": connection.layer_bit(name) for name in LAYERS}
    assert bits == ffi.typeof("enum layer").relements


def test_every_kind_of_tree_has_a_name() -> None:
    assert {f"TREE_{kind.name}": kind.value for kind in Kind} == ffi.typeof(
        "enum tree_kind"
    ).relements


@pytest.mark.parametrize("enum", ["program_flags", "result_flags"])
def test_every_flag_reaches_python_under_its_own_name(enum: str) -> None:
    flags = ffi.typeof(f"enum {enum}").relements
    assert flags == {name: getattr(wire, name) for name in flags}


def test_no_python_module_of_the_sandbox_copies_a_flag_or_a_layout() -> None:
    copied = re.compile(r"(?:PROGRAM|RESULT|WIRE|TREE|LAYER)_[A-Z_]+ *(?:: *int)? *= *[0-9b\"']")
    for path in SANDBOX.rglob("*.py"):
        assert not copied.search(path.read_text()), path


def test_a_frame_is_packed_as_c_reads_it() -> None:
    data = connection.PROGRAM.pack(cpu_ns=1, wall_ns=2, memory_bytes=3, threads=4, flags=5)
    program = ffi.from_buffer("struct wire_program *", data)
    assert len(data) == ffi.sizeof("struct wire_program")
    assert (program.cpu_ns, program.wall_ns, program.memory_bytes) == (1, 2, 3)
    assert (program.threads, program.flags, program.source_length) == (4, 5, 0)


def test_a_result_is_read_by_the_names_of_its_fields() -> None:
    result = ffi.new("struct wire_result *", {"exit_code": -1, "signal": 9, "stderr_length": 7})
    header = struct.pack("=II", lib.WIRE_RESULT, 56)
    fields = connection.RESULT.unpack_from(header + bytes(ffi.buffer(result)))
    picked = connection.RESULT.picker("type", "exit_code", "signal", "stderr_length")(fields)
    assert picked == (lib.WIRE_RESULT, -1, 9, 7)


def test_fields_in_another_order_than_cs_are_refused() -> None:
    with pytest.raises(TypeError, match=r"protocol\.h"):
        connection.HEADER.packer("length", "type")


def test_a_sandbox_that_is_not_built_says_what_to_do() -> None:
    code = (
        "import sys\n"
        "sys.modules['rltf.sandbox._native'] = None\n"
        "from rltf.sandbox import SandboxError\n"
        "try: from rltf.sandbox import Sandbox\n"
        "except SandboxError as error: print(error)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("the sandbox is not built: run `pip install -e .`")
