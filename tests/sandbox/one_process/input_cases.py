"""Input, arguments and other things of the process that the test replaces."""

from __future__ import annotations

from .case import case

ADD = """
    def f():
        a = int(input("first: "))
        b = int(input("second: "))
        return a + b
"""
ADD_WRONG = """
    def f():
        a = int(input("first: "))
        b = int(input("second: "))
        return a - b
"""
ADD_OTHER_PROMPT = """
    def f():
        a = int(input("first"))
        b = int(input("second"))
        return a + b
"""
INPUT = [
    case("patch input with side_effect", ADD, (ADD_WRONG, ADD_OTHER_PROMPT), """
        from unittest.mock import patch, call
        from solution import f
        with patch("builtins.input", side_effect=["3", "4"]) as mock_input:
            assert f() == 7
        assert mock_input.call_count == 2
        assert mock_input.call_args_list == [call("first: "), call("second: ")]
    """),
    case("patch input with return_value", ADD, ADD_WRONG, """
        from unittest.mock import patch
        from solution import f
        with patch("builtins.input", return_value="5"):
            assert f() == 10
    """),
    case("patch input as a decorator", ADD, ADD_WRONG, """
        import unittest
        from unittest.mock import patch
        from solution import f
        class Tests(unittest.TestCase):
            @patch("builtins.print")
            @patch("builtins.input", side_effect=["1", "2"])
            def test_it(self, mock_input, mock_print):
                self.assertEqual(f(), 3)
                mock_input.assert_any_call("first: ")
                mock_print.assert_not_called()
    """),
    case("monkeypatch input with a lambda", ADD, ADD_WRONG, """
        from solution import f
        def test_it(monkeypatch):
            monkeypatch.setattr("builtins.input", lambda _: "5")
            assert f() == 10
    """),
    case("monkeypatch input with an iterator", ADD, ADD_WRONG, """
        from solution import f
        def test_it(monkeypatch):
            answers = iter(["7", "8"])
            monkeypatch.setattr("builtins.input", lambda prompt="": next(answers))
            assert f() == 15
    """),
    case("side effects run out", """
        def f():
            total = 0
            while True:
                try:
                    total += int(input())
                except StopIteration:
                    return total
    """, """
        def f(): return int(input()) + int(input())
    """, """
        from unittest.mock import patch
        from solution import f
        with patch("builtins.input", side_effect=["1", "2", "3"]) as mock_input:
            assert f() == 6
        assert mock_input.call_count == 4
    """),
    case("StopIteration reaches the test", ADD, """
        def f(): return int(input())
    """, """
        from unittest.mock import patch
        import pytest
        from solution import f
        def test_it():
            with patch("builtins.input", side_effect=["1"]), pytest.raises(StopIteration):
                f()
    """),
    case("the mock raises EOFError", """
        def f():
            try:
                return input()
            except EOFError:
                return "end"
    """, """
        def f(): return input()
    """, """
        from unittest.mock import patch
        from solution import f
        with patch("builtins.input", side_effect=EOFError):
            assert f() == "end"
    """),
    case("the mock raises KeyboardInterrupt", """
        def f():
            try:
                input("> ")
            except KeyboardInterrupt:
                return "bye"
    """, """
        def f():
            try:
                input("> ")
            except Exception:
                return "bye"
    """, """
        from unittest.mock import patch
        from solution import f
        with patch("builtins.input", side_effect=["x", KeyboardInterrupt()]):
            assert f() is None
            assert f() == "bye"
    """),
    case("the mock raises an exception of the test", """
        def f():
            try:
                input()
            finally:
                print("done")
    """, """
        def f():
            try: input()
            except Exception: print("done")
    """, """
        from unittest.mock import patch
        import pytest
        from solution import f
        class Stop(Exception): pass
        def test_it(capsys):
            error = Stop("x")
            with patch("builtins.input", side_effect=error), pytest.raises(Stop) as caught:
                f()
            assert caught.value is error
            assert capsys.readouterr().out == "done\\n"
    """),
    case("sys.stdin is a StringIO", ADD, ADD_WRONG, """
        import sys
        from io import StringIO
        from solution import f
        old = sys.stdin
        sys.stdin = StringIO("3\\n4\\nrest\\n")
        try:
            assert f() == 7
            assert sys.stdin.readline() == "rest\\n"
        finally:
            sys.stdin = old
    """),
    case("stdin and stdout", ADD, (ADD_WRONG, ADD_OTHER_PROMPT), """
        import io
        from contextlib import redirect_stdout
        from unittest.mock import patch
        from solution import f
        out = io.StringIO()
        with patch("sys.stdin", io.StringIO("1\\n2\\n")), redirect_stdout(out):
            assert f() == 3
        assert out.getvalue() == "first: second: "
    """),
    case("monkeypatch sys.stdin", ADD, ADD_WRONG, """
        import io, sys
        from solution import f
        def test_it(monkeypatch, capsys):
            monkeypatch.setattr("sys.stdin", io.StringIO("10\\n20\\n"))
            assert f() == 30
            monkeypatch.setattr(sys, "stdin", io.StringIO("1\\n2"))
            assert f() == 3
            assert capsys.readouterr().out == "first: second: " * 2
    """),
    case("the end of the input", ADD, """
        def f(): return 1
    """, """
        import io
        from unittest.mock import patch
        import pytest
        from solution import f
        def test_it():
            with patch("sys.stdin", io.StringIO("1\\n")), pytest.raises(EOFError):
                f()
    """),
    case("all lines of stdin", """
        import sys
        def f(): return [line.strip() for line in sys.stdin]
    """, """
        import sys
        def f(): return sys.stdin.readline().split()
    """, """
        import io
        from unittest.mock import patch
        from solution import f
        with patch("sys.stdin", io.StringIO("a\\nb\\n")):
            assert f() == ["a", "b"]
            assert f() == []
    """),
    case("stdin is read by test and program in turn", """
        import sys
        def f(): return sys.stdin.readline().strip()
    """, """
        import sys
        def f(): return sys.stdin.read().strip()
    """, """
        import io, sys
        from unittest.mock import patch
        from solution import f
        with patch("sys.stdin", io.StringIO("a\\nb\\nc\\nd\\n")):
            assert f() == "a"
            assert sys.stdin.readline() == "b\\n"
            assert f() == "c"
            sys.stdin.seek(0)
            assert f() == "a"
    """),
    case("stdin with bytes", """
        import sys
        def f(): return sys.stdin.buffer.read().split()
    """, """
        import sys
        def f(): return sys.stdin.read().split()
    """, """
        import io
        from unittest.mock import patch
        from solution import f
        with patch("sys.stdin", io.TextIOWrapper(io.BytesIO(b"1 2\\n3"))):
            assert f() == [b"1", b"2", b"3"]
    """),
    case("a mock as stdin", """
        import sys
        def f(): return sys.stdin.readline().upper() + sys.stdin.readline()
    """, """
        import sys
        def f(): return sys.stdin.readline().upper()
    """, """
        from unittest.mock import patch
        from solution import f
        with patch("sys.stdin") as stdin:
            stdin.readline.side_effect = ["a", "b"]
            assert f() == "Ab"
        assert stdin.readline.call_count == 2
    """),
    case("input in a loop of the program with callbacks", """
        def f(report):
            while True:
                line = input()
                if line == "q": return
                report(line)
    """, """
        def f(report):
            while True:
                line = input()
                report(line)
                if line == "q": return
    """, """
        from unittest.mock import patch
        from solution import f
        seen = []
        with patch("builtins.input", side_effect=["a", "b", "q"]):
            f(seen.append)
        assert seen == ["a", "b"]
    """),
    case("sys.exit in the program", """
        import sys
        def main(code):
            print("leaving")
            sys.exit(code)
    """, """
        import sys
        def main(code):
            print("leaving")
            sys.exit(code + 1 if code != "text" else code)
    """, """
        import pytest
        from solution import main
        def test_it(capsys):
            with pytest.raises(SystemExit) as caught:
                main(2)
            assert caught.value.code == 2
            with pytest.raises(SystemExit, match="text"):
                main("text")
            assert capsys.readouterr().out == "leaving\\nleaving\\n"
    """),
    case("exit and raise SystemExit", """
        def f(): exit(3)
        def g(): raise SystemExit
    """, """
        def f(): exit(4)
        def g(): raise SystemExit
    """, """
        import unittest
        from solution import f, g
        class Tests(unittest.TestCase):
            def test_it(self):
                with self.assertRaises(SystemExit) as caught: f()
                self.assertEqual(caught.exception.code, 3)
                with self.assertRaises(SystemExit) as caught: g()
                self.assertIsNone(caught.exception.code)
    """),
    case("patch sys.exit", """
        import sys
        def f():
            sys.exit(1)
            return "went on"
    """, """
        import sys
        def f(): sys.exit(2)
    """, """
        from unittest.mock import patch
        from solution import f
        with patch("sys.exit") as leave:
            assert f() == "went on"
        leave.assert_called_once_with(1)
    """),
    case("KeyboardInterrupt of the program", """
        def f(): raise KeyboardInterrupt
    """, """
        def f(): raise SystemExit
    """, """
        import pytest
        from solution import f
        def test_it():
            with pytest.raises(KeyboardInterrupt):
                f()
    """),
    case("patch sys.argv", """
        import sys
        def main(): return sys.argv[1:]
    """, """
        import sys
        ARGS = sys.argv[1:]
        def main(): return ARGS
    """, """
        import sys
        from unittest.mock import patch
        from solution import main
        with patch.object(sys, "argv", ["prog", "x", "--flag"]):
            assert main() == ["x", "--flag"]
        with patch("sys.argv", ["prog"]):
            assert main() == []
    """),
    case("argparse reads sys.argv", """
        import argparse
        def main():
            parser = argparse.ArgumentParser(prog="prog")
            parser.add_argument("--n", type=int, default=1)
            print(parser.parse_args().n * 2)
    """, """
        import argparse
        def main():
            parser = argparse.ArgumentParser(prog="prog")
            parser.add_argument("--n", default="1")
            print(parser.parse_args().n * 2)
    """, """
        import sys
        import pytest
        from solution import main
        def test_it(monkeypatch, capsys):
            monkeypatch.setattr(sys, "argv", ["prog", "--n", "21"])
            main()
            assert capsys.readouterr().out == "42\\n"
            monkeypatch.setattr(sys, "argv", ["prog", "--wrong"])
            with pytest.raises(SystemExit) as caught:
                main()
            assert caught.value.code == 2
            assert "unrecognized arguments: --wrong" in capsys.readouterr().err
    """),
    case("sys.argv changed in place", """
        import sys
        def main(): return sys.argv
    """, """
        import sys
        def main(): return sys.argv[1:]
    """, """
        import sys
        from solution import main
        old = sys.argv[:]
        sys.argv[:] = ["a", "b"]
        assert main() == ["a", "b"]
        sys.argv[:] = old
    """),
    case("patch.dict os.environ", """
        import os
        def f(): return os.environ.get("MODE", "none"), os.getenv("HOME_OF_TEST")
    """, """
        import os
        MODE = os.environ.get("MODE", "none")
        def f(): return MODE, os.getenv("HOME_OF_TEST")
    """, """
        import os
        from unittest.mock import patch
        from solution import f
        with patch.dict(os.environ, {"MODE": "fast", "HOME_OF_TEST": "/x"}):
            assert f() == ("fast", "/x")
        assert f() == ("none", None)
        with patch.dict("os.environ", {"MODE": "clear"}, clear=True):
            assert f() == ("clear", None)
    """),
    case("monkeypatch setenv and delenv", """
        import os
        def f(): return os.environ["KEY_OF_TEST"]
    """, """
        import os
        def f(): return os.environ.get("KEY_OF_TEST")
    """, """
        import pytest
        from solution import f
        def test_it(monkeypatch):
            monkeypatch.setenv("KEY_OF_TEST", "v")
            assert f() == "v"
            monkeypatch.delenv("KEY_OF_TEST")
            with pytest.raises(KeyError):
                f()
    """),
    case("variables set by the program", """
        import os
        os.environ["AT_IMPORT"] = "1"
        def f(): os.environ["LATER"] = "2"
    """, """
        import os
        def f(): os.environ["LATER"] = "2"
    """, """
        import os
        from solution import f
        assert os.environ.get("AT_IMPORT") == "1"
        f()
        assert os.environ["LATER"] == "2"
        del os.environ["LATER"]
    """),
    case("patch os.getenv", """
        import os
        def f(): return os.getenv("A", "b")
    """, """
        import os
        def f(): return os.getenv("A")
    """, """
        from unittest.mock import patch
        from solution import f
        with patch("os.getenv", return_value="mocked") as getenv:
            assert f() == "mocked"
        getenv.assert_called_once_with("A", "b")
    """),
]  # fmt: skip
