"""Programs that use files, with a test each, that plain CPython passes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Form(NamedTuple):
    """A program with a test that it passes."""

    name: str
    program: str
    test: str
    wrong: str = "def f(*args): pass"
    """A program that must not pass."""
    fixtures: Mapping[str, str | bytes] = MappingProxyType({})


FORMS = [
    Form(
        "write and read",
        "def f(name, text):\n    with open(name, 'w') as file: file.write(text)",
        "f('x.txt', 'a\\nb')\nassert open('x.txt').read() == 'a\\nb'",
    ),
    Form(
        "append",
        "def f(name, line):\n    with open(name, 'a') as file: file.write(line + '\\n')",
        "for word in 'abc': f('log', word)\nassert open('log').read().split() == ['a', 'b', 'c']",
    ),
    Form(
        "change in place",
        "def f(name):\n    with open(name, 'r+') as file:\n        file.seek(1); file.write('X')",
        "with open('x', 'w') as file: file.write('abc')\nf('x')\nassert open('x').read() == 'aXc'",
    ),
    Form(
        "the same file again and again",
        "def f(n):\n    with open('n', 'w') as file: file.write(str(n))",
        "for n in range(40):\n    f(n % 10)\n    assert open('n').read() == str(n % 10)",
    ),
    Form(
        "read what the test writes again and again",
        "def f(): return int(open('n').read())",
        "for n in range(40):\n    with open('n', 'w') as file: file.write(str(n % 10))\n"
        "    assert f() == n % 10",
    ),
    Form(
        "a temporary file by name",
        "def f(path): return len(open(path).read())",
        "import tempfile\nwith tempfile.NamedTemporaryFile('w', suffix='.txt') as file:\n"
        "    file.write('12345'); file.flush()\n    assert f(file.name) == 5",
    ),
    Form(
        "a temporary folder",
        "import os\ndef f(folder):\n    for name in 'ab': open(os.path.join(folder, name), 'w').close()",
        "import os, tempfile\nwith tempfile.TemporaryDirectory() as folder:\n    f(folder)\n"
        "    assert sorted(os.listdir(folder)) == ['a', 'b']\nassert not os.path.exists(folder)",
    ),
    Form(
        "temporary files of the program",
        "import os, tempfile\ndef f():\n    fd, path = tempfile.mkstemp()\n    os.write(fd, b'x')\n"
        "    os.close(fd)\n    with tempfile.TemporaryFile() as other: other.write(b'y')\n    return path",
        "import os, tempfile\npath = f()\nassert open(path).read() == 'x'\n"
        "assert os.path.dirname(path) == tempfile.gettempdir()",
    ),
    Form(
        "sqlite",
        "import sqlite3\ndef f(path, value):\n    db = sqlite3.connect(path)\n"
        "    db.execute('create table if not exists t (v)')\n"
        "    db.execute('insert into t values (?)', (value,))\n    db.commit(); db.close()",
        "import sqlite3\nf('x.db', 1); f('x.db', 2)\ndb = sqlite3.connect('x.db')\n"
        "assert db.execute('select v from t order by v').fetchall() == [(1,), (2,)]\n"
        "f('x.db', 3)\nassert db.execute('select count(*) from t').fetchone() == (3,)\ndb.close()",
    ),
    Form(
        "sqlite with a connection of the test",
        "import sqlite3\ndef f(path):\n    db = sqlite3.connect(path)\n"
        "    db.execute('update t set v = v + 1'); db.commit(); db.close()",
        "import sqlite3\ndb = sqlite3.connect('x.db')\ndb.execute('create table t (v)')\n"
        "db.execute('insert into t values (1)'); db.commit()\nf('x.db')\n"
        "assert db.execute('select v from t').fetchone() == (2,)\ndb.close()",
    ),
    Form(
        "zip",
        "import zipfile\ndef f(names, path):\n    with zipfile.ZipFile(path, 'w') as archive:\n"
        "        for name in names: archive.write(name)",
        "import zipfile\nfor name in 'ab':\n    with open(name, 'w') as file: file.write(name)\n"
        "f(['a', 'b'], 'x.zip')\nwith zipfile.ZipFile('x.zip') as archive:\n"
        "    assert archive.namelist() == ['a', 'b'] and archive.read('b') == b'b'",
    ),
    Form(
        "tar",
        "import tarfile\ndef f(path, to):\n    with tarfile.open(path) as archive: archive.extractall(to)",
        "import os, tarfile\nos.makedirs('in/deep')\nwith open('in/deep/x', 'w') as file: file.write('1')\n"
        "with tarfile.open('x.tgz', 'w:gz') as archive: archive.add('in')\nf('x.tgz', 'out')\n"
        "assert open('out/in/deep/x').read() == '1'",
    ),
    Form(
        "csv",
        "import csv\ndef f(path):\n    with open(path, newline='') as file:\n"
        "        return sum(int(row['n']) for row in csv.DictReader(file))",
        "assert f('data/rows.csv') == 6\nimport os\nassert os.listdir('data') == ['rows.csv']",
        fixtures={"data/rows.csv": "n,m\n1,a\n2,b\n3,c\n"},
    ),
    Form(
        "bytes of a fixture",
        "def f(path): return open(path, 'rb').read()[::-1]",
        "assert f('raw.bin') == open('raw.bin', 'rb').read()[::-1] == b'\\x00\\xfe\\xff'",
        fixtures={"raw.bin": b"\xff\xfe\x00"},
    ),
    Form(
        "copies and trees",
        "import shutil\ndef f():\n    shutil.copy('a', 'b'); shutil.copy2('a', 'c')\n"
        "    shutil.copytree('tree', 'other'); shutil.move('c', 'other/c'); shutil.rmtree('tree')",
        "import os\nos.mkdir('tree')\nfor name in ('a', 'tree/x'):\n"
        "    with open(name, 'w') as file: file.write(name)\nf()\n"
        "assert sorted(os.listdir('.')) == ['a', 'b', 'other']\n"
        "assert sorted(os.listdir('other')) == ['c', 'x'] and open('other/c').read() == 'a'",
    ),
    Form(
        "pathlib",
        "from pathlib import Path\ndef f(folder):\n    path = Path(folder) / 'a' / 'b'\n"
        "    path.mkdir(parents=True)\n    (path / 'c.txt').write_text('ü')\n    (path / 'd').touch()\n"
        "    (path / 'd').rename(path / 'e')\n    return path",
        "from pathlib import Path\npath = f('.')\nassert isinstance(path, Path)\n"
        "assert sorted(p.name for p in path.iterdir()) == ['c.txt', 'e']\n"
        "assert (path / 'c.txt').read_text() == 'ü'",
    ),
    Form(
        "walk and glob",
        "import glob, os\ndef f():\n    found = [os.path.join(at, name) for at, _, names in os.walk('.') for name in names]\n"
        "    return sorted(found), sorted(glob.glob('**/*.py', recursive=True))",
        "import os\nos.makedirs('p/q')\nfor name in ('a.py', 'p/b.py', 'p/q/c.txt'): open(name, 'w').close()\n"
        "assert f() == (['./a.py', './p/b.py', './p/q/c.txt'], ['a.py', 'p/b.py'])",
    ),
    Form(
        "replace, rename, remove",
        "import os\ndef f(): os.replace('new', 'old'); os.rename('a', 'b'); os.remove('c')",
        "import os\nfor name in ('new', 'old', 'a', 'c'):\n    with open(name, 'w') as file: file.write(name)\n"
        "f()\nassert sorted(os.listdir()) == ['b', 'old'] and open('old').read() == 'new'",
    ),
    Form(
        "a file in memory",
        "import mmap\ndef f(path):\n    with open(path, 'r+b') as file, mmap.mmap(file.fileno(), 0) as mapped:\n"
        "        mapped[0:1] = bytes([mapped[0] + 1])",
        "with open('m', 'wb') as file: file.write(b'abc')\n"
        "for first in b'bcd':\n    f('m')\n    assert open('m', 'rb').read() == bytes([first]) + b'bc'",
    ),
    Form(
        "logging",
        "import logging\ndef f(path):\n    handler = logging.FileHandler(path)\n    log = logging.getLogger('x')\n"
        "    log.addHandler(handler); log.warning('careful'); log.removeHandler(handler); handler.close()",
        "f('x.log')\nassert open('x.log').read() == 'careful\\n'",
    ),
    Form(
        "json and gzip",
        "import gzip, json\ndef f(value):\n    with open('v.json', 'w') as file: json.dump(value, file)\n"
        "    with gzip.open('v.gz', 'wt') as file: file.write(json.dumps(value))",
        "import gzip, json\nf({'a': [1, None]})\nassert json.load(open('v.json')) == {'a': [1, None]}\n"
        "assert json.loads(gzip.open('v.gz', 'rt').read()) == {'a': [1, None]}",
    ),
    Form(
        "pickle",
        "import pickle\ndef f(value):\n    with open('v.pkl', 'wb') as file: pickle.dump(value, file)",
        "import pickle\nf({'a': (1, {2})})\nwith open('v.pkl', 'rb') as file: assert pickle.load(file) == {'a': (1, {2})}",
    ),
    Form(
        "shelve",
        "import shelve\ndef f(key, value):\n    with shelve.open('s') as shelf: shelf[key] = value",
        "import shelve\nf('a', [1, 2])\nwith shelve.open('s') as shelf: assert shelf['a'] == [1, 2]",
    ),
    Form(
        "dbm and configparser",
        "import configparser, dbm.dumb\ndef f():\n    with dbm.dumb.open('d', 'c') as db: db['k'] = b'v'\n"
        "    config = configparser.ConfigParser()\n    config['a'] = {'b': '1'}\n"
        "    with open('c.ini', 'w') as file: config.write(file)",
        "import configparser, os\nf()\nconfig = configparser.ConfigParser()\nconfig.read('c.ini')\n"
        "assert config['a']['b'] == '1' and os.path.getsize('d.dat') > 0",
    ),
    Form(
        "another working directory",
        "import os\ndef f(name):\n    open(name, 'w').close()\n    return os.path.abspath(name) == os.path.join(os.getcwd(), name)",
        "import os\nos.mkdir('sub'); os.chdir('sub')\nassert f('x')\nos.chdir('..')\nassert os.listdir('sub') == ['x']",
    ),
    Form(
        "a working directory of the program",
        "import os\ndef f(): os.mkdir('sub'); os.chdir('sub')",
        "import os\nf()\nassert os.path.basename(os.getcwd()) == 'sub' and os.listdir() == []",
    ),
    Form(
        "times and modes",
        "import os\ndef f(path): os.utime(path, (1, 2)); os.chmod(path, 0o640)",
        "import os\nopen('x', 'w').close()\nf('x')\n"
        "assert os.stat('x').st_mtime == 2 and os.stat('x').st_mode & 0o777 == 0o640",
    ),
    Form(
        "a mask",
        "import os\ndef f(path, mask): os.umask(mask); open(path, 'w').close(); os.mkdir(path + 'd')",
        "import os\nf('x', 0o077); f('y', 0)\n"
        "modes = [os.stat(name).st_mode & 0o777 for name in ('x', 'xd', 'y', 'yd')]\n"
        "assert modes == [0o600, 0o700, 0o666, 0o777]",
    ),
    Form(
        "errors",
        "def f(path):\n    try: open(path)\n    except FileNotFoundError: return 'none'\n    return open(path, 'x')",
        "assert f('missing') == 'none'\nopen('there', 'w').close()\ntry: f('there')\n"
        "except FileExistsError: pass\nelse: raise AssertionError('nothing was raised')",
    ),
    Form(
        "locks",
        "import fcntl\ndef f():\n    with open('lock', 'w') as one, open('lock', 'w') as other:\n"
        "        fcntl.flock(one, fcntl.LOCK_EX)\n        fcntl.lockf(one, fcntl.LOCK_EX)\n"
        "        try: fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)\n        except BlockingIOError: return 'locked'",
        "import os\nassert f() == 'locked' and os.path.exists('lock')",
    ),
    Form(
        "links",
        "import os\ndef f(): os.link('a', 'b'); os.symlink('a', 'c'); return os.readlink('c'), os.stat('a').st_nlink",
        "with open('a', 'w') as file: file.write('1')\nassert f() == ('a', 2)\n"
        "assert open('b').read() == open('c').read() == '1'",
    ),
    Form(
        "a link of the test",
        "import os\ndef f(): return os.path.islink('l'), open('l').read()",
        "import os\nwith open('a', 'w') as file: file.write('1')\nos.symlink('a', 'l')\nassert f() == (True, '1')",
    ),
    Form(
        "unittest with set-up",
        "import os\ndef f(folder): return sorted(os.listdir(folder))",
        "import os, shutil, tempfile, unittest\nclass Test(unittest.TestCase):\n"
        "    def setUp(self):\n        self.folder = tempfile.mkdtemp()\n"
        "        open(os.path.join(self.folder, 'x'), 'w').close()\n"
        "    def tearDown(self): shutil.rmtree(self.folder)\n"
        "    def test_one(self): self.assertEqual(f(self.folder), ['x'])\n"
        "    def test_two(self):\n        os.remove(os.path.join(self.folder, 'x'))\n"
        "        self.assertEqual(f(self.folder), [])",
    ),
    Form(
        "a class that keeps a file",
        "class Log:\n    def __init__(self, path): self.file = open(path, 'w')\n"
        "    def write(self, text): self.file.write(text); self.file.flush()\n"
        "    def close(self): self.file.close()",
        "log = Log('x')\nlog.write('a')\nassert open('x').read() == 'a'\nlog.write('b')\n"
        "assert open('x').read() == 'ab'\nlog.close()",
        wrong="class Log:\n    def __init__(self, path): open(path, 'w').close()\n"
        "    def write(self, text): pass\n    def close(self): pass",
    ),
]
