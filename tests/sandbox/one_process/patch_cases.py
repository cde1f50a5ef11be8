"""Functions of the standard library that the test replaces, warnings, logs and random numbers."""

from __future__ import annotations

from .case import case

SLEEPS = """
    import time
    def f(n):
        for i in range(n): time.sleep(10 * i)
        return n
"""
SLEEPS_WRONG = """
    import time
    def f(n):
        for i in range(n): time.sleep(i)
        return n
"""
WARNS = """
    import warnings
    def f(x):
        warnings.warn("f is old", DeprecationWarning)
        return x
"""
WARNS_WRONG = """
    import warnings
    def f(x):
        warnings.warn("f is old")
        return x
"""
WARNS_NOT = "def f(x): return x"
LOGS = """
    import logging
    log = logging.getLogger("app")
    def f(x):
        log.info("got %s", x)
        if x < 0: log.error("negative", exc_info=False)
        return x
"""
LOGS_WRONG = """
    import logging
    log = logging.getLogger("app")
    def f(x):
        log.debug("got %s", x)
        if x < 0: log.warning("negative")
        return x
"""
DRAWS = """
    import random
    def f(): return random.randint(1, 10**6)
    def g(items):
        random.shuffle(items)
        return items
"""
DRAWS_WRONG = """
    import random
    def f(): return random.randint(1, 10**6 + 1)
    def g(items):
        random.shuffle(items)
        random.random()
        return items
"""
PATCH = [
    case("patch time.sleep", SLEEPS, SLEEPS_WRONG, """
        from unittest.mock import patch, call
        from solution import f
        with patch("time.sleep") as sleep:
            assert f(3) == 3
        assert sleep.call_args_list == [call(0), call(10), call(20)]
    """),
    case("a kept function is not patched", """
        from time import sleep
        import time
        def f():
            sleep(0)
            time.sleep(5)
    """, """
        import time
        def f():
            time.sleep(0)
            time.sleep(5)
    """, """
        from unittest.mock import patch
        from solution import f
        with patch("time.sleep") as sleep:
            f()
        sleep.assert_called_once_with(5)
    """),
    case("patch time.time", """
        import time
        def f(work):
            start = time.time()
            work()
            return time.time() - start
    """, """
        import time
        def f(work):
            start = time.time()
            work()
            return start
    """, """
        from unittest.mock import patch
        from solution import f
        with patch("time.time", side_effect=[100.0, 102.5]):
            assert f(lambda: None) == 2.5
    """),
    case("patch random.randint and random.choice", """
        import random
        def f(): return random.randint(1, 6) + random.randint(1, 6)
        def g(items): return random.choice(items)
    """, """
        import random
        def f(): return random.randint(0, 6) + random.randint(1, 6)
        def g(items): return items[0]
    """, """
        import unittest
        from unittest.mock import patch
        from solution import f, g
        class Tests(unittest.TestCase):
            @patch("random.randint", side_effect=[2, 5])
            def test_f(self, randint):
                self.assertEqual(f(), 7)
                randint.assert_called_with(1, 6)
            @patch("random.choice", lambda items: items[-1])
            def test_g(self):
                self.assertEqual(g([1, 2]), 2)
    """),
    case("patch and put back", """
        import math
        def f(x): return math.sqrt(x)
    """, """
        from math import sqrt
        def f(x): return sqrt(x)
    """, """
        from unittest.mock import patch
        from solution import f
        assert f(4) == 2
        with patch("math.sqrt", return_value=99):
            assert f(4) == 99
        assert f(9) == 3
    """),
    case("patch with start and stop", SLEEPS, SLEEPS_WRONG, """
        import unittest
        from unittest.mock import patch
        from solution import f
        class Tests(unittest.TestCase):
            def setUp(self):
                self.sleep = patch("time.sleep").start()
                self.addCleanup(patch.stopall)
            def test_one(self):
                f(2)
                self.sleep.assert_called_with(10)
            def test_two(self):
                self.sleep.assert_not_called()
    """),
    case("monkeypatch an attribute of a module", SLEEPS, SLEEPS_WRONG, """
        import time
        from solution import f
        def test_it(monkeypatch):
            slept = []
            monkeypatch.setattr(time, "sleep", slept.append)
            f(3)
            assert slept == [0, 10, 20]
    """),
    case("assigned by hand", SLEEPS, SLEEPS_WRONG, """
        import time
        from solution import f
        slept = []
        old, time.sleep = time.sleep, lambda seconds: slept.append(seconds)
        try:
            f(2)
        finally:
            time.sleep = old
        assert slept == [0, 10]
    """),
    case("a constant of a module", """
        import math, string
        def f(r): return math.pi * r, string.digits
    """, """
        import math, string
        PI = math.pi
        def f(r): return PI * r, string.digits
    """, """
        import math
        from unittest.mock import patch
        from solution import f
        with patch.object(math, "pi", 3), patch("string.digits", "01"):
            assert f(2) == (6, "01")
    """),
    case("mock_open", """
        def f(path):
            with open(path) as file:
                return [line.strip() for line in file]
        def g(path, text):
            with open(path, "w") as file:
                file.write(text)
    """, """
        def f(path):
            with open(path) as file:
                return file.read().strip()
        def g(path, text):
            with open(path, "a") as file:
                file.write(text)
    """, """
        from unittest.mock import patch, mock_open
        from solution import f, g
        with patch("builtins.open", mock_open(read_data="a\\nb\\n")) as opened:
            assert f("x.txt") == ["a", "b"]
        opened.assert_called_once_with("x.txt")
        with patch("builtins.open", mock_open()) as opened:
            g("y.txt", "text")
        opened.assert_called_once_with("y.txt", "w")
        opened().write.assert_called_once_with("text")
    """),
    case("mock_open read", """
        import json
        def f(path):
            with open(path, encoding="utf-8") as file:
                return json.loads(file.read())["k"]
    """, """
        def f(path):
            with open(path, encoding="utf-8") as file:
                return file.read()
    """, """
        from unittest.mock import patch, mock_open
        from solution import f
        with patch("builtins.open", mock_open(read_data='{"k": 5}')):
            assert f("x.json") == 5
    """),
    case("patch os.path.exists and os.listdir", """
        import os
        def f(path): return sorted(os.listdir(path)) if os.path.exists(path) else None
    """, """
        import os
        def f(path): return os.listdir(path) if os.path.exists(path) else None
    """, """
        from unittest.mock import patch
        from solution import f
        with patch("os.path.exists", return_value=True) as exists, patch("os.listdir") as listdir:
            listdir.return_value = ["b", "a"]
            assert f("/nowhere") == ["a", "b"]
        exists.assert_called_with("/nowhere")
    """),
    case("patch subprocess.run", """
        import subprocess
        def f(command):
            done = subprocess.run(command, capture_output=True, text=True)
            return done.stdout.strip(), done.returncode
    """, """
        import subprocess
        def f(command):
            done = subprocess.run(command, capture_output=True)
            return done.stdout.strip(), done.returncode
    """, """
        from unittest.mock import patch, Mock
        from solution import f
        with patch("subprocess.run") as run:
            run.return_value = Mock(stdout="out\\n", returncode=0)
            assert f(["ls"]) == ("out", 0)
        run.assert_called_once_with(["ls"], capture_output=True, text=True)
    """),
    case("a mock as an argument", """
        def f(client):
            client.login("me", retry=2)
            return client.fetch(3) + 1
    """, """
        def f(client):
            client.login("me")
            return client.fetch(3) + 1
    """, """
        from unittest.mock import Mock
        from solution import f
        client = Mock()
        client.fetch.return_value = 41
        assert f(client) == 42
        client.login.assert_called_once_with("me", retry=2)
        client.fetch.assert_called_once_with(3)
    """),
    case("a MagicMock as an argument", """
        def f(box):
            with box as inner:
                inner[1] = len(box)
            return [x for x in box] + [box["k"]]
    """, """
        def f(box): return [x for x in box] + [box["k"]]
    """, """
        from unittest.mock import MagicMock
        from solution import f
        box = MagicMock()
        box.__len__.return_value = 7
        box.__iter__.return_value = iter([1, 2])
        box.__getitem__.return_value = "item"
        assert f(box) == [1, 2, "item"]
        box.__enter__.return_value.__setitem__.assert_called_once_with(1, 7)
    """),
    case("a mock comes back as itself", """
        def f(x): return [x, x]
    """, """
        def f(x): return [x, 1]
    """, """
        from unittest.mock import Mock, sentinel
        from solution import f
        thing = Mock()
        assert f(thing) == [thing, thing]
        assert f(sentinel.some)[1] is sentinel.some
    """),
    case("a mock that raises", """
        def f(get):
            try:
                return get("url")
            except ConnectionError as error:
                return str(error)
    """, """
        def f(get): return get("url")
    """, """
        from unittest.mock import Mock
        from solution import f
        assert f(Mock(side_effect=ConnectionError("down"))) == "down"
        assert f(Mock(return_value=3)) == 3
    """),
    case("catch_warnings", WARNS, (WARNS_WRONG, WARNS_NOT), """
        import warnings
        from solution import f
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert f(2) == 2
            f(3)
        assert len(caught) == 2
        assert caught[0].category is DeprecationWarning
        assert issubclass(caught[-1].category, DeprecationWarning)
        assert "old" in str(caught[-1].message)
    """),
    case("assertWarns", WARNS, (WARNS_WRONG, WARNS_NOT), """
        import unittest
        from solution import f
        class Tests(unittest.TestCase):
            def test_it(self):
                with self.assertWarns(DeprecationWarning) as caught:
                    f(1)
                self.assertIn("old", str(caught.warning))
                with self.assertWarnsRegex(DeprecationWarning, "is o.d"):
                    f(1)
    """),
    case("assertWarns with a callable", WARNS, (WARNS_WRONG, WARNS_NOT), """
        import unittest
        from solution import f
        class Tests(unittest.TestCase):
            def test_it(self): self.assertWarns(DeprecationWarning, f, 1)
    """),
    case("pytest.warns", WARNS, (WARNS_WRONG, WARNS_NOT), """
        import pytest
        from solution import f
        def test_it():
            with pytest.warns(DeprecationWarning, match="old") as record:
                assert f(1) == 1
            assert len(record) == 1
            assert record[0].message.args[0] == "f is old"
        def test_deprecated():
            with pytest.deprecated_call():
                f(2)
    """),
    case("recwarn", WARNS, (WARNS_WRONG, WARNS_NOT), """
        from solution import f
        def test_it(recwarn):
            f(1)
            assert len(recwarn) == 1
            assert recwarn.pop(DeprecationWarning).message.args == ("f is old",)
    """),
    case("a warning class of the program", """
        import warnings
        class Odd(UserWarning): pass
        def f(n):
            if n % 2: warnings.warn(Odd("odd"))
    """, """
        import warnings
        class Odd(UserWarning): pass
        def f(n):
            if n % 2: warnings.warn(UserWarning("odd"))
    """, """
        import pytest, warnings
        from solution import f, Odd
        def test_it():
            with pytest.warns(Odd): f(1)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                f(2)
                f(3)
            assert [w.category for w in caught] == [Odd]
    """),
    case("warnings as errors", WARNS, (WARNS_WRONG, WARNS_NOT), """
        import warnings
        import pytest
        from solution import f
        def test_it():
            with warnings.catch_warnings():
                warnings.simplefilter("error", DeprecationWarning)
                with pytest.raises(DeprecationWarning):
                    f(1)
    """),
    case("ignored warnings", WARNS, """
        import warnings
        def f(x):
            warnings.warn("f is odd", UserWarning)
            return x
    """, """
        import warnings
        from solution import f
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*old")
            f(1)
        assert caught == []
    """),
    case("no warning", WARNS_NOT, (WARNS, WARNS_WRONG), """
        import warnings
        from solution import f
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert f(1) == 1
    """),
    case("a warning once", """
        import warnings
        def f():
            for _ in range(3): warnings.warn("again", RuntimeWarning)
    """, """
        import warnings
        def f():
            warnings.warn("again", RuntimeWarning)
            warnings.warn("again", RuntimeWarning)
    """, """
        import warnings
        from solution import f
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            f()
        assert len(caught) == 1
    """),
    case("patch warnings.warn", WARNS, WARNS_WRONG, """
        from unittest.mock import patch
        from solution import f
        with patch("warnings.warn") as warn:
            f(1)
        warn.assert_called_once_with("f is old", DeprecationWarning)
    """),
    case("assertLogs", LOGS, LOGS_WRONG, """
        import unittest
        from solution import f
        class Tests(unittest.TestCase):
            def test_it(self):
                with self.assertLogs("app", level="INFO") as logs:
                    f(1)
                    f(-1)
                self.assertEqual(
                    logs.output, ["INFO:app:got 1", "INFO:app:got -1", "ERROR:app:negative"]
                )
                self.assertEqual(logs.records[0].levelname, "INFO")
            def test_root(self):
                with self.assertLogs(level="ERROR") as logs:
                    f(-2)
                self.assertEqual(len(logs.records), 1)
    """),
    case("assertNoLogs", LOGS, """
        import logging
        def f(x): logging.getLogger("app").error("got %s", x)
    """, """
        import unittest
        from solution import f
        class Tests(unittest.TestCase):
            def test_it(self):
                with self.assertNoLogs("app", level="WARNING"):
                    f(1)
                with self.assertRaises(AssertionError), self.assertLogs("app", "WARNING"):
                    f(1)
    """),
    case("caplog", LOGS, LOGS_WRONG, """
        import logging
        from solution import f
        def test_it(caplog):
            with caplog.at_level(logging.INFO):
                f(5)
            assert "got 5" in caplog.text
            assert caplog.record_tuples == [("app", logging.INFO, "got 5")]
            caplog.clear()
            f(6)
            assert caplog.messages == []
            caplog.set_level("INFO", logger="app")
            f(-7)
            assert caplog.messages == ["got -7", "negative"]
    """),
    case("caplog has an exception", """
        import logging
        def f():
            try:
                1 / 0
            except ZeroDivisionError:
                logging.exception("failed")
    """, """
        import logging
        def f(): logging.error("failed")
    """, """
        from solution import f
        def test_it(caplog):
            f()
            (record,) = caplog.records
            assert record.getMessage() == "failed"
            assert record.exc_info[0] is ZeroDivisionError
            assert "division by zero" in caplog.text
    """),
    case("a handler of the test", LOGS, LOGS_WRONG, """
        import io, logging
        from solution import f
        out = io.StringIO()
        handler = logging.StreamHandler(out)
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        logger = logging.getLogger("app")
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        f(-3)
        logger.removeHandler(handler)
        assert out.getvalue() == "INFO got -3\\nERROR negative\\n"
    """),
    case("random.seed before a call", DRAWS, DRAWS_WRONG, """
        import random
        from solution import f, g
        random.seed(42)
        expected = [random.randint(1, 10**6) for _ in range(3)]
        random.seed(42)
        assert [f(), f(), random.randint(1, 10**6)] == expected
        random.seed(1)
        items = list(range(20))
        random.shuffle(items)
        after = random.random()
        random.seed(1)
        assert g(list(range(20))) == items
        assert random.random() == after
    """),
    case("random.seed and a written answer", DRAWS, DRAWS_WRONG, """
        import random
        from solution import f, g
        random.seed(0)
        a = f()
        b = random.random()
        random.seed(0)
        assert (a, b) == (random.randint(1, 10**6), random.random())
        random.seed(7)
        state = random.getstate()
        first = g([1, 2, 3, 4, 5, 6])
        then = random.random()
        random.setstate(state)
        again = [1, 2, 3, 4, 5, 6]
        random.shuffle(again)
        assert first == again and then == random.random()
    """),
    case("many draws of the program", """
        import random
        def f(n): return sum(random.random() < 0.5 for _ in range(n))
    """, """
        import random
        def f(n): return sum(random.random() < 0.5 for _ in range(n + 1))
    """, """
        import random
        from solution import f
        random.seed(3)
        f(5000)
        after = random.random()
        random.seed(3)
        for _ in range(5000): random.random()
        assert random.random() == after
    """),
    case("numpy.random.seed", """
        import numpy as np
        def f(n): return np.random.rand(n)
    """, """
        import numpy as np
        def f(n): return np.random.rand(n + 1)[:n]
    """, """
        import numpy as np
        from solution import f
        np.random.seed(5)
        a = np.random.rand(3)
        b = np.random.rand()
        np.random.seed(5)
        assert (f(3) == a).all()
        assert np.random.rand() == b
    """),
    case("the program seeds itself", """
        import random
        def f(seed):
            random.seed(seed)
            return [random.randint(0, 9) for _ in range(5)]
    """, """
        import random
        def f(seed): return [random.randint(0, 9) for _ in range(5)]
    """, """
        import random
        from solution import f
        random.seed(10)
        assert f(1) == f(1) != f(2)
    """),
]  # fmt: skip
