"""Output that the test captures."""

from __future__ import annotations

from .case import case

HELLO = """
    def f(n):
        for i in range(n): print("line", i)
        return n
"""
HELLO_WRONG = """
    def f(n):
        for i in range(n): print("line", i + 1)
        return n
"""
OUTPUT = [
    case("redirect_stdout", HELLO, HELLO_WRONG, """
        import io
        from contextlib import redirect_stdout
        from solution import f
        out = io.StringIO()
        with redirect_stdout(out):
            assert f(2) == 2
        assert out.getvalue() == "line 0\\nline 1\\n"
    """),
    case("sys.stdout replaced and restored", HELLO, HELLO_WRONG, """
        import sys
        from io import StringIO
        from solution import f
        old = sys.stdout
        sys.stdout = captured = StringIO()
        try:
            f(1)
        finally:
            sys.stdout = old
        f(5)
        assert captured.getvalue().strip() == "line 0"
    """),
    case("patch sys.stdout with new_callable", HELLO, HELLO_WRONG, """
        import io, unittest
        from unittest.mock import patch
        from solution import f
        class Tests(unittest.TestCase):
            @patch("sys.stdout", new_callable=io.StringIO)
            def test_it(self, out):
                f(2)
                self.assertEqual(out.getvalue(), "line 0\\nline 1\\n")
            def test_with(self):
                with patch("sys.stdout", new=io.StringIO()) as out:
                    f(1)
                    self.assertEqual(out.getvalue(), "line 0\\n")
    """),
    case("capsys", HELLO, HELLO_WRONG, """
        from solution import f
        def test_it(capsys):
            f(1)
            print("own")
            f(2)
            out, err = capsys.readouterr()
            assert out == "line 0\\nown\\nline 0\\nline 1\\n" and err == ""
            f(1)
            assert capsys.readouterr().out == "line 0\\n"
    """),
    case("capsys disabled", HELLO, HELLO_WRONG, """
        from solution import f
        def test_it(capsys):
            f(1)
            with capsys.disabled():
                f(3)
            f(2)
            assert capsys.readouterr().out == "line 0\\nline 0\\nline 1\\n"
    """),
    case("capfd", HELLO, HELLO_WRONG, """
        from solution import f
        def test_it(capfd):
            f(1)
            print("own")
            f(1)
            assert capfd.readouterr().out == "line 0\\nown\\nline 0\\n"
    """),
    case("os.write and capfd", """
        import os, sys
        def f():
            print("first")
            sys.stdout.flush()
            os.write(1, b"second\\n")
            print("third")
            os.write(2, b"error")
    """, """
        import os, sys
        def f():
            print("first")
            sys.stdout.flush()
            print("third")
            os.write(1, b"second\\n")
            os.write(2, b"error")
    """, """
        from solution import f
        def test_it(capfd):
            f()
            out, err = capfd.readouterr()
            assert out == "first\\nsecond\\nthird\\n"
            assert err == "error"
    """),
    case("os.write is not captured by StringIO", """
        import os
        def f():
            print("first")
            os.write(1, b"second")
    """, """
        def f():
            print("first")
            print("second")
    """, """
        import io, contextlib
        from solution import f
        with contextlib.redirect_stdout(io.StringIO()) as out:
            f()
        assert out.getvalue() == "first\\n"
    """),
    case("capsysbinary", """
        import sys
        def f():
            print("é")
            sys.stdout.buffer.write(b"\\xff")
    """, """
        import sys
        def f():
            print("é")
            sys.stdout.buffer.write(b"\\xfe")
    """, """
        from solution import f
        def test_it(capsysbinary):
            f()
            assert capsysbinary.readouterr().out == b"\\xc3\\xa9\\n\\xff"
    """),
    case("capfdbinary", """
        import os
        def f(): os.write(1, b"\\xff\\x00")
    """, """
        import os
        def f(): os.write(1, b"\\xff\\x01")
    """, """
        from solution import f
        def test_it(capfdbinary):
            f()
            assert capfdbinary.readouterr().out == b"\\xff\\x00"
    """),
    case("sys.stdout.buffer with capsys", """
        import sys
        def f(): sys.stdout.buffer.write(b"bytes")
    """, """
        import sys
        def f(): sys.stdout.buffer.write(b"byte")
    """, """
        from solution import f
        def test_it(capsys):
            f()
            assert capsys.readouterr().out == "bytes"
    """),
    case("sys.stdout.buffer fails with StringIO", """
        import sys
        def f():
            sys.stdout.write("x")
            return sys.stdout.buffer.write(b"bytes")
    """, """
        import sys
        def f(): sys.stdout.write("x")
    """, """
        import io, contextlib
        import pytest
        from solution import f
        def test_it():
            out = io.StringIO()
            with contextlib.redirect_stdout(out), pytest.raises(AttributeError):
                f()
            assert out.getvalue() == "x"
    """),
    case("stdout and stderr apart", """
        import sys
        def f():
            print("a")
            print("b", file=sys.stderr)
            sys.stderr.write("c")
            sys.stdout.write("d")
    """, """
        import sys
        def f():
            print("a")
            print("b")
            sys.stderr.write("c")
            sys.stdout.write("d")
    """, """
        import io
        from contextlib import redirect_stdout, redirect_stderr
        from solution import f
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            f()
        assert (out.getvalue(), err.getvalue()) == ("a\\nd", "b\\nc")
    """),
    case("stdout and stderr in one stream", """
        import sys
        def f():
            for i in range(3):
                print(i)
                print(-i, file=sys.stderr)
    """, """
        import sys
        def f():
            for i in range(3): print(i)
            for i in range(3): print(-i, file=sys.stderr)
    """, """
        import io
        from contextlib import redirect_stdout, redirect_stderr
        from solution import f
        both = io.StringIO()
        with redirect_stdout(both), redirect_stderr(both):
            f()
        assert both.getvalue() == "0\\n0\\n1\\n-1\\n2\\n-2\\n"
    """),
    case("only stderr", """
        import sys
        def f():
            print("out")
            print("err", file=sys.stderr, flush=True)
    """, """
        import sys
        def f():
            print("out", file=sys.stderr)
            print("err")
    """, """
        from solution import f
        def test_it(capsys):
            f()
            out, err = capsys.readouterr()
            assert "out" in out and err == "err\\n"
    """),
    case("a stream kept by the program is not captured", """
        from sys import stdout
        import sys
        def f():
            stdout.write("kept")
            sys.stdout.write("current")
    """, """
        import sys
        def f():
            sys.stdout.write("kept")
            sys.stdout.write("current")
    """, """
        import io, contextlib
        from solution import f
        with contextlib.redirect_stdout(io.StringIO()) as out:
            f()
        assert out.getvalue() == "current"
    """),
    case("a default argument binds the stream early", """
        import sys
        def f(text, file=sys.stdout): print(text, file=file)
    """, """
        def f(text, file=None): print(text, file=file)
    """, """
        import io, contextlib
        from solution import f
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            f("x")
        assert out.getvalue() == ""
    """),
    case("the program's own redirection", """
        import io, contextlib
        def f():
            with contextlib.redirect_stdout(io.StringIO()) as own:
                print("inner")
            print("outer:", own.getvalue().strip())
    """, """
        def f():
            print("inner")
            print("outer:", "inner")
    """, """
        import io, contextlib
        from solution import f
        with contextlib.redirect_stdout(io.StringIO()) as out:
            f()
        assert out.getvalue() == "outer: inner\\n"
    """),
    case("pprint, print with sep and end", """
        from pprint import pprint
        def f(d):
            pprint(d)
            print(1, 2, 3, sep="-", end="!")
    """, """
        from pprint import pprint
        def f(d):
            pprint(d)
            print(1, 2, 3, sep="-")
    """, """
        from solution import f
        def test_it(capsys):
            f({"b": 1, "a": [2]})
            assert capsys.readouterr().out == "{'a': [2], 'b': 1}\\n1-2-3!"
    """),
    case("printing by a generator", """
        def f(n):
            for i in range(n):
                print("before", i)
                yield i
    """, """
        def f(n):
            for i in range(n): print("before", i)
            yield from range(n)
    """, """
        import io, contextlib
        from solution import f
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            for i in f(2):
                print("got", i)
        assert out.getvalue() == "before 0\\ngot 0\\nbefore 1\\ngot 1\\n"
    """),
    case("printing between callbacks of the test", """
        def f(callback):
            print("before")
            callback("x")
            print("after")
    """, """
        def f(callback):
            print("before")
            print("after")
            callback("x")
    """, """
        from solution import f
        def test_it(capsys):
            f(lambda text: print("callback", text))
            assert capsys.readouterr().out.split() == ["before", "callback", "x", "after"]
    """),
    case("methods of objects print", """
        class Account:
            def __init__(self, name):
                self.name = name
                print("made", name)
            def __str__(self):
                print("shown")
                return self.name
            def show(self): print(self)
    """, """
        class Account:
            def __init__(self, name): self.name = name
            def __str__(self): return self.name
            def show(self): print(self)
    """, """
        from solution import Account
        def test_it(capsys):
            account = Account("a")
            assert str(account) == "a"
            account.show()
            assert capsys.readouterr().out == "made a\\nshown\\nshown\\na\\n"
    """),
    case("output before an exception", """
        def f(x):
            print("start")
            raise ValueError(x)
    """, """
        def f(x): raise ValueError(x)
    """, """
        import pytest
        from solution import f
        def test_it(capsys):
            with pytest.raises(ValueError, match="bad"):
                f("bad")
            assert capsys.readouterr().out == "start\\n"
    """),
    case("a stream of the test's own class", """
        def f(): print("a", "b")
    """, """
        def f(): print("a b")
    """, """
        import sys, io
        from solution import f
        class Tee(io.StringIO):
            pieces = []
            def write(self, text):
                self.pieces.append(text)
                return super().write(text)
        old, sys.stdout = sys.stdout, Tee()
        f()
        tee, sys.stdout = sys.stdout, old
        assert tee.pieces == ["a", " ", "b", "\\n"] and tee.getvalue() == "a b\\n"
    """),
    case("a text wrapper around bytes", """
        import sys
        def f():
            print("text")
            sys.stdout.flush()
            sys.stdout.buffer.write(b"bytes")
    """, """
        def f(): print("text")
    """, """
        import sys, io
        from solution import f
        old = sys.stdout
        sys.stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        f()
        sys.stdout.flush()
        data = sys.stdout.buffer.getvalue()
        sys.stdout = old
        assert data == b"text\\nbytes"
    """),
    case("a mock as sys.stdout", """
        import sys
        def f(): sys.stdout.write("hello")
    """, """
        import sys
        def f(): sys.stdout.write("hullo")
    """, """
        from unittest.mock import patch, call
        from solution import f
        with patch("sys.stdout") as out:
            f()
        out.write.assert_called_once_with("hello")
        assert out.write.mock_calls == [call("hello")]
    """),
    case("devnull as sys.stdout", HELLO, """
        def f(n): raise ValueError
    """, """
        import os, contextlib
        from solution import f
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            assert f(3) == 3
    """),
    case("sys.stdout is None", """
        def f():
            print("lost")
            return 1
    """, """
        import sys
        def f(): return sys.stdout.write("x")
    """, """
        import sys
        from solution import f
        old, sys.stdout = sys.stdout, None
        try:
            assert f() == 1
        finally:
            sys.stdout = old
    """),
    case("stdout sent to stderr", """
        def f(): print("x")
    """, """
        import sys
        def f(): print("x", file=sys.__stdout__)
    """, """
        import sys, contextlib
        from solution import f
        def test_it(capsys):
            with contextlib.redirect_stdout(sys.stderr):
                f()
            out, err = capsys.readouterr()
            assert (out, err) == ("", "x\\n")
    """),
    case("patch print", """
        def f(x):
            print("value:", x)
            print(x, end="")
    """, """
        def f(x):
            print("value:", x)
            print(x)
    """, """
        from unittest.mock import patch, call
        from solution import f
        @patch("builtins.print")
        def test_it(mock_print):
            f(3)
            mock_print.assert_called_with(3, end="")
            assert mock_print.call_args_list == [call("value:", 3), call(3, end="")]
            assert mock_print.call_count == 2
    """),
    case("patch print with file", """
        import sys
        def f(x): print(x, file=sys.stderr)
    """, """
        def f(x): print(x)
    """, """
        import sys
        from unittest.mock import patch
        from solution import f
        with patch("builtins.print") as mock_print:
            f(3)
        mock_print.assert_called_once_with(3, file=sys.stderr)
    """),
    case("a kept print is not patched", """
        import builtins
        shout = print
        def f():
            shout("kept")
            print("looked up")
    """, """
        def f():
            print("kept")
            print("looked up")
    """, """
        from unittest.mock import patch
        from solution import f
        with patch("builtins.print") as mock_print:
            f()
        mock_print.assert_called_once_with("looked up")
    """),
    case("print replaced by monkeypatch", """
        def f(): print("a", 1)
    """, """
        def f(): print("a", "1")
    """, """
        from solution import f
        def test_it(monkeypatch):
            lines = []
            monkeypatch.setattr("builtins.print", lambda *args, **kwargs: lines.append(args))
            f()
            assert lines == [("a", 1)]
    """),
    case("a suite with a buffer", """
        def f(): print("noise"); return 1
    """, """
        def f(): print("noise"); return 2
    """, """
        import io, unittest
        from solution import f
        class Tests(unittest.TestCase):
            def test_it(self):
                import sys
                self.assertEqual(f(), 1)
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(Tests)
        result = unittest.TextTestRunner(stream=io.StringIO(), buffer=True).run(suite)
        assert result.wasSuccessful()
    """),
    case("long output", """
        def f(n):
            for i in range(n): print(i)
    """, """
        def f(n):
            for i in range(n - 1): print(i)
    """, """
        import io, contextlib
        from solution import f
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            f(20000)
        assert out.getvalue().split() == [str(i) for i in range(20000)]
    """),
    case("two tests capture one after another", HELLO, HELLO_WRONG, """
        import io
        from contextlib import redirect_stdout
        from solution import f
        def out(n):
            buffer = io.StringIO()
            with redirect_stdout(buffer):
                f(n)
            return buffer.getvalue()
        def test_one(): assert out(1) == "line 0\\n"
        def test_two(): assert out(2) == "line 0\\nline 1\\n"
        def test_none(): assert out(0) == ""
    """),
]  # fmt: skip
