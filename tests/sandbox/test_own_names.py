"""What a program calls its threads changes nothing about its limits."""

from __future__ import annotations

import pytest

from rltf import Limits
from rltf.sandbox import Sandbox

LIMITS = Limits(cpu_s=2.0, wall_s=0.3)
RENAME = """
import ctypes, threading, time
PR_SET_NAME = 15
ctypes.CDLL(None).prctl(PR_SET_NAME, {name!r}, 0, 0, 0)
end = time.monotonic() + 60
while time.monotonic() < end:
    until = time.process_time() + 0.01
    while time.process_time() < until: pass
    {between}
    time.sleep(0.02)
"""
ONE_AFTER_THE_OTHER = "threading.Thread(target=time.sleep, args=(0.0005,)).start()"


@pytest.mark.parametrize("name", [b"\xff\xfe\x80", b"a) R (b", b"a\nb"])
@pytest.mark.parametrize("between", ["", ONE_AFTER_THE_OTHER])
def test_a_sleeper_is_ended_at_its_wall_limit(
    any_sandbox: Sandbox, name: bytes, between: str
) -> None:
    result = any_sandbox.run(RENAME.format(name=name, between=between), limits=LIMITS)
    assert result.status == "timeout"
    # twenty times the limit where the client could not read the name; the machine may be busy
    assert result.cpu_s < 1.0
