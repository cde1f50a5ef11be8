"""Values that programs return, what tests compare them with, and how: for benchmarks/parity_kinds.py and the tests."""

from __future__ import annotations

IMPORTS = """
import array
import collections
import copy
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import ipaddress
import json
import math
import operator
import pathlib
import re
import string
import time
import types
import typing
import unittest
import uuid
import zoneinfo
import collections.abc
import numpy as np
from collections import *
"""
PROGRAM = """
Point = namedtuple('Point', 'x y')
class Named(typing.NamedTuple):
    count: int
    index: str = 'b'
    def total(self): return self.count + 1
class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2
class Colour(str, enum.Enum):
    RED = 'red'
class Shade(enum.StrEnum):
    DARK = 'dark'
class Bits(enum.IntFlag):
    A = 1
    B = 2
class Plain(enum.Enum):
    ONE = 1
class Int(int):
    extra = 5
    def half(self): return self // 2
class Float(float): pass
class Str(str):
    def shout(self): return self.upper() + '!'
class Bytes(bytes): pass
class Tuple(tuple): pass
class List(list):
    def last(self): return self[-1]
class Dict(dict):
    def __missing__(self, key): return 'none'
class AttrDict(dict):
    __getattr__ = dict.__getitem__
class Set(set): pass
class Frozen(frozenset): pass
class Ordered(OrderedDict): pass
class Count(Counter): pass
class Default(defaultdict): pass
class Deque(deque): pass
class Day(datetime.date): pass
class Moment(datetime.datetime): pass
class Dec(decimal.Decimal): pass
class OwnEq(list):
    def __eq__(self, other): return True
    __hash__ = None
class OwnLen(list):
    def __len__(self): return 7
class OwnIter(list):
    def __iter__(self): return iter([9])
class OwnStr(str):
    def __str__(self): return 'other'
class OwnRepr(tuple):
    def __repr__(self): return 'own'
class OwnAdd(int):
    def __add__(self, other): return OwnAdd(99)
class OwnAppend(list):
    def append(self, x): super().append(x * 2)
@dataclasses.dataclass
class Data:
    a: int
def ident(x): return x
def size(x): return len(x)
def kind(x): return type(x).__name__
def first(x): return next(iter(x))
"""
STANDARD = """
bytearray(b'xy')
memoryview(b'xy')
types.MappingProxyType({'a': 1, 'b': [2]})
ChainMap({'a': 1}, {'b': 2, 'a': 3})
UserDict({'a': 1})
UserList([1, 2])
UserString('ab')
array.array('i', [1, 2])
array.array('d', [1.5])
slice(1, 2)
slice(None, None, -1)
...
NotImplemented
{'a': 1, 'b': 2}.keys()
{'a': 1, 'b': 2}.values()
{'a': 1, 'b': 2}.items()
{'a': [1]}.items()
OrderedDict(a=1).keys()
OrderedDict(a=1).values()
UserDict({'a': 1}).keys()
ChainMap({'a': 1}).items()
defaultdict(int, a=1)
defaultdict(None, a=1)
OrderedDict(a=1, b=2)
Counter('aab')
deque([1, 2])
deque([1, 2], maxlen=2)
pathlib.Path('a/b')
pathlib.PurePath('a/b.txt')
pathlib.PureWindowsPath('c:/x')
uuid.UUID(int=5)
ipaddress.ip_address('1.2.3.4')
ipaddress.ip_network('10.0.0.0/30')
ipaddress.ip_address('::1')
ipaddress.ip_interface('1.2.3.4/8')
datetime.date(2020, 1, 2)
datetime.datetime(2020, 1, 2, 3, 4, fold=1)
datetime.datetime(2020, 6, 2, tzinfo=datetime.timezone.utc)
datetime.datetime(2020, 6, 2, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin'))
datetime.time(1, 2, tzinfo=zoneinfo.ZoneInfo('UTC'))
zoneinfo.ZoneInfo('Asia/Tokyo')
datetime.timezone(datetime.timedelta(hours=1), 'X')
datetime.timedelta(1)
re.compile('a+', re.I)
range(3)
decimal.Decimal('1.50')
fractions.Fraction(1, 3)
frozenset({1, 2})
complex(1, 2)
time.gmtime(0)
time.struct_time((1,)*9)
np.int64(5)
np.float64(1.5)
np.array([1, 2])
np.array(5)
np.matrix([[1, 2]])
np.array([1, 'a', None], dtype=object)
np.ma.masked_array([1, 2], [False, True])
np.str_('ab')
np.bool_(True)
np.datetime64('2020-01-01')
None
True
10 ** 4000
-2 ** 70
float('inf')
''
[]
()
{}
set()
[[1, [2, (3, {4: {5}})]]]
string.ascii_lowercase
datetime.datetime.min
ValueError('x')
int
len
abs
iter([1, 2])
(i for i in [1, 2])
map(str, [1, 2])
zip([1], [2])
enumerate([1])
reversed([1, 2])
filter(None, [1])
dict.fromkeys('ab')
sum
""".strip().splitlines()
"""Of Python's own classes: the test has an equal one."""
OTHERS = [
    ("Point(1, 2)", "(1, 2)"),
    ("Named(3)", "(3, 'b')"),
    ("Level.HIGH", "2"),
    ("Colour.RED", "'red'"),
    ("Shade.DARK", "'dark'"),
    ("Bits.A|Bits.B", "3"),
    ("Bits.A", "1"),
    ("Int(4)", "4"),
    ("Float(1.5)", "1.5"),
    ("Str('ab')", "'ab'"),
    ("Bytes(b'ab')", "b'ab'"),
    ("Tuple([1,2])", "(1,2)"),
    ("List([1,2])", "[1,2]"),
    ("Dict(a=1)", "{'a':1}"),
    ("AttrDict(a=1)", "{'a':1}"),
    ("Set([1,2])", "{1,2}"),
    ("Frozen([1,2])", "frozenset([1,2])"),
    ("Ordered(a=1,b=2)", "OrderedDict(a=1,b=2)"),
    ("Ordered(a=1,b=2)", "{'b':2,'a':1}"),
    ("Count('aab')", "Counter('aab')"),
    ("Count('aab')", "{'a':2,'b':1}"),
    ("Default(list,a=[1])", "{'a':[1]}"),
    ("Deque([1,2])", "deque([1,2])"),
    ("Day(2020,1,2)", "datetime.date(2020,1,2)"),
    ("Moment(2020,1,2)", "datetime.datetime(2020,1,2)"),
    ("Dec('1.5')", "decimal.Decimal('1.5')"),
    ("OwnRepr([1])", "(1,)"),
    ("OwnStr('a')", "'a'"),
    ("[Point(1,2),Point(3,4)]", "[(1,2),(3,4)]"),
    ("{Point(1,2): Level.LOW}", "{(1,2): 1}"),
    ("{Level.LOW, Level.HIGH}", "{1,2}"),
    ("(Int(1), [Str('a')])", "(1, ['a'])"),
    ("defaultdict(lambda: 0, a=1)", "{'a':1}"),
    ("[defaultdict(lambda: [], a=1)]", "[{'a':1}]"),
    ("defaultdict(lambda: defaultdict(int), a=defaultdict(int,b=1))", "{'a':{'b':1}}"),
    ("bytearray(b'xy')", "b'xy'"),
    ("memoryview(b'xy')", "b'xy'"),
    ("types.MappingProxyType({'a':1})", "{'a':1}"),
    ("ChainMap({'a':1},{'b':2})", "{'a':1,'b':2}"),
    ("UserDict(a=1)", "{'a':1}"),
    ("UserList([1])", "[1]"),
    ("UserString('ab')", "'ab'"),
    ("{1:2}.keys()", "{1}"),
    ("{1:2}.items()", "{(1,2)}"),
    ("{1:2}.values()", "[2]"),
    ("OrderedDict({1:2}).keys()", "{1}"),
    ("frozenset([1])", "{1}"),
    ("np.int64(5)", "5"),
    ("np.array([1,2])", "[1,2]"),
    ("np.array(5)", "5"),
    ("np.matrix([[5]])", "5"),
    ("Plain.ONE", "1"),
    ("array.array('i',[1])", "[1]"),
    ("Point(Point(1,2),[Point(3,4)])", "((1,2),[(3,4)])"),
    ("List([List([1]),List([2])])", "[[1],[2]]"),
    ("collections.namedtuple('P','a')(1)", "(1,)"),
    ("type('L',(list,),{})([1])", "[1]"),
    ("enum.IntEnum('E','A B').B", "2"),
    ("Counter('aab').most_common()", "[('a',2),('b',1)]"),
    ("Counter('aab').elements()", "['a','a','b']"),
    ("dataclasses.astuple(Data(1))", "(1,)"),
    ("re.match('a','a').groups()", "()"),
    ("divmod(7,2)", "(3,1)"),
]
"""What a program returns, and what a test compares it with."""
LOOKS = """
f() == V
V == f()
f() != V
not (f() != V)
f() in [V]
V in [f()]
[f()] == [V]
(f(), 1) == (V, 1)
{'k': f()} == {'k': V}
f() is None
f() is ...
f() is NotImplemented
len(f()) == len(V)
list(f()) == list(V)
tuple(f()) == tuple(V)
set(f()) == set(V)
dict(f()) == dict(V)
sorted(f()) == sorted(V)
list(reversed(f())) == list(reversed(V))
type(f()) is type(V)
isinstance(f(), type(V))
isinstance(f(), type(V).__mro__[-2])
str(f()) == str(V)
repr(f()) == repr(V)
f"{f()}" == f"{V}"
"%s" % (f(),) == "%s" % (V,)
bool(f()) == bool(V)
bool(f())
not f()
hash(f()) == hash(V)
{f()} == {V}
{f(): 1}[V] == 1
f()[0] == V[0]
f()[-1] == V[-1]
f()['a'] == V['a']
f()[0:1] == V[0:1]
ident(f()) == V
ident(V) == V
type(ident(V)) is type(V)
kind(V) == type(V).__name__
size(f()) == len(V)
size(V) == len(V)
first(f()) == next(iter(V))
first(V) == next(iter(V))
f() + f() == V + V
f() + V == V + V
V + f() == V + V
f() * 2 == V * 2
f() - V == V - V
abs(f()) == abs(V)
-f() == -V
round(f()) == round(V)
int(f()) == int(V)
float(f()) == float(V)
math.isclose(f(), V)
f() < V
f() <= V
f() >= V
f() > V
max(f()) == max(V)
min([f(), V]) == V
sum(f()) == sum(V)
sum([f(), f()]) == sum([V, V])
copy.copy(f()) == V
copy.deepcopy(f()) == V
json.dumps(f()) == json.dumps(V)
f() == f()
next(iter(f())) == next(iter(V))
[x for x in f()] == [x for x in V]
any(x == y for x, y in zip(f(), V))
f().keys() == V.keys()
list(f().items()) == list(V.items())
f().get('a') == V.get('a')
f().get('zz', 3) == 3
'a' in f()
1 in f()
f().count(1) == V.count(1)
f().index(2) == V.index(2)
f().upper() == V.upper()
''.join([f(), f()]) == V + V
''.join(f()) == ''.join(V)
f().name == V.name
f().value == 2
f().x == 1
f()._fields == ('x', 'y')
f().isoformat() == V.isoformat()
f().maxlen == V.maxlen
f().real == V.real
f() | f() == V | V
f() & V == V & V
f() == [V]
callable(f())
hasattr(f(), '__len__') == hasattr(V, '__len__')
hasattr(f(), '__iter__')
isinstance(f(), (int, str, bytes, list, tuple, dict, set, frozenset, float))
isinstance(f(), collections.abc.Mapping)
isinstance(f(), collections.abc.Sequence)
isinstance(f(), collections.abc.Iterable)
isinstance(f(), collections.abc.Hashable)
np.array_equal(f(), V)
np.allclose(f(), V)
np.array(f()).tolist() == np.array(V).tolist()
list(map(str, f())) == list(map(str, V))
str(type(f())) == str(type(V))
type(f()).__name__ == type(V).__name__
vars(f()) == vars(V)
(lambda r: (r.append(3), r)[1] == V + [3])(f())
(lambda r: (r.pop(), r)[1] == V[:-1])(f())
(lambda r: (r.update(c=3), r)[1] == {**V, 'c': 3})(f())
(lambda r: (r.add(9), r)[1] == V | {9})(f())
(lambda r: (r.sort(), r)[1] == sorted(V))(f())
(lambda r: (r.extend(V), len(r))[1] == 2 * len(V))(f())
(lambda r: (operator.setitem(r, 0, 8), r[0])[1] == 8)(f())
[*f()] == [*V]
{**f()} == {**V}
(lambda *a: a)(*f()) == tuple(V)
unittest.TestCase().assertEqual(f(), V) is None
unittest.TestCase().assertCountEqual(f(), V) is None
""".strip().splitlines()

IDENTITY = {"ident(V) == V"}
TYPE = {
    "type(f()) is type(V)",
    "isinstance(f(), type(V))",
    "isinstance(f(), type(V).__mro__[-2])",
    "ident(V) == V",
    "type(ident(V)) is type(V)",
    "kind(V) == type(V).__name__",
    "str(type(f())) == str(type(V))",
}
MEMBERS = {"'a' in f()", "1 in f()"}
DIFFERENCES: dict[str, set[str]] = {
    **dict.fromkeys(["{'a': 1, 'b': 2}.values()", "OrderedDict(a=1).values()"], IDENTITY),
    "ValueError('x')": IDENTITY,
    **dict.fromkeys(["iter([1, 2])", "(i for i in [1, 2])", "map(str, [1, 2])"], TYPE),
    **dict.fromkeys(["zip([1], [2])", "enumerate([1])", "reversed([1, 2])"], TYPE),
    "filter(None, [1])": TYPE,
    **dict.fromkeys(["Bits.A|Bits.B", "Bits.A"], MEMBERS),
    "AttrDict(a=1)": {"np.array_equal(f(), V)", "np.array(f()).tolist() == np.array(V).tolist()"},
}
"""What is different, by what is returned (docs/judging.md)."""
