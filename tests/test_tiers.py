"""What ``--fast`` leaves out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FAST = "def test_it(): pass\n"
SLOW = {
    "sandbox": "def test_it(sandbox): pass\n",
    "torch": "import torch\ndef test_it(): pass\n",
    "policy": "from rltf.models.policy import Policy\ndef test_it(): pass\n",
    "command": "import subprocess\ndef test_it(): pass\n",
}


def test_fast_leaves_out_what_is_slow_to_start_and_does_not_even_import_it(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(Path(__file__).with_name("conftest.py").read_text())
    (tmp_path / "test_fast.py").write_text(FAST)
    for name, content in SLOW.items():
        (tmp_path / f"test_{name}.py").write_text("1 / 0\n" + content)
    (tmp_path / "trainer").mkdir()
    (tmp_path / "trainer" / "conftest.py").write_text("import torch\n1 / 0\n")
    (tmp_path / "trainer" / "test_fast.py").write_text(FAST)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--fast", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
