"""Assertions over a function f by a grammar, from a seed: plain ones, odd ones, and ones that are broken on purpose."""

import random


def choices(text: str) -> list[str]:
    """They are separated by bars."""
    return [one.strip() for one in text.split("|")]


PREAMBLES = [
    "",
    "import math\nfrom math import isclose\nx = 1\nxs = [1, 2]\ndef helper(v):\n    return [v]\n",
    "def abs(v):\n    return 0\ndef sorted(v, **k):\n    return [1]\nx = 0\nxs = []\nlen = str\nall = any\n",
    "def f(*a, **k):\n    return 1\ndef f(*a):\n    'the stub, twice'\n",
]
# They return what is given to them, how it looks, or something of each type that a value may have.
PROGRAMS = [
    "def f(*a, **k):\n    return a[0] if len(a) == 1 and not k else a\n",
    "def f(*a, **k):\n    return repr((a, sorted(k.items())))\n",
    "def f(a=1, b=2):\n    return a\n",
    "def f(*a, **k):\n    return a[0] * 2\n",
    *[
        f"import decimal as _d, fractions as _f, collections as _c\ndef f(*a, **k):\n    return {value}\n"
        for value in choices(
            """
            None|True|0|2|-0.0|1.5|0.1 + 0.2|5e-324|float('nan')|float('inf')|2 ** 53 + 1|10 ** 400|1 + 0j|''
            |'ba'|b'a'|[2, 1, 2]|[float('nan'), 1]|[[1, 2.0], 'a']|(1, (2, [3]))|{1, 2}|frozenset({1})
            |{'a': 1, 1: 'b'}|_d.Decimal('1.0')|_f.Fraction(1, 2)|_c.OrderedDict(a=1)|_c.Counter('aab')
            |_c.deque([1])
            """
        )
    ],
]
NUMBERS = """
    0 1 -1 2 +1 -0 1_000 0x1F 0b11 0o17 1.0 -0.0 1. -.5 1e3 1E-3 1e400 1e-400 5e-324 0.1 0.30000000000000004
    1j 3-0j 123456789012345678 1234567890123456789 9007199254740993 9007199254740993.0 --1 -True ~1 2**70
    True False None ...
""".split()
NO_NUMBERS = "00 007 1__0 1_ 0xg 1e 1if 1.5.real nosuch".split()
STRINGS = choices(r"""
    ''|'a'|"b"|'ba'|'it\'s'|'\n'|'\x41'|'é'|'\ud800'|r'\n'|b'a'|u'a'|f'{1}'|'a' 'b'|'a''b'|'''a'''|'\N{DIGIT ONE}'
    |'\0'|'\q'|' '|'日'|f'{{}}'|f'{1!r:>3}'|''''a'|'ab'*2|'a'+'b'|'x'.upper()|'%d' % 3
""")
OTHERS = choices("""
    set()|float('nan')|float('inf')|complex(1, 2)|[1]*3|(1,)*2|[*range(2)]|{**{1: 2}}|range(3)|max(1, 2.0)|x|xs
    |[i for i in range(3)]|1 if xs else 2|1 or 2|print|1 == 1.0|type(1)|{1: 'a', True: 'b'}|{1, True, 1.0}
""")
TERMS = choices("""
    len({0})|sorted({0})|{0}[0]|abs({0})|round({0}, 1)|{0} + 1|set({0})|str({0})|[v for v in {0}]|-{0}|{0} % 2
    |{0}[1:]|isinstance({0}, int)|type({0}) is int|f'{{{0}!r:>5}}'|{0} or 1|not {0}|(lambda v: v)({0})|({0},)
    |xs + {0}|helper({0})|any({0})|{0}.count(1)|min({0}, 5)|{0} is None
""")
NEAR = choices("""
    abs({0} - {1}) < {2}|abs({1} - {0}) <= {2}|{2} > abs({0} - {1})|math.isclose({0}, {1})
    |math.fabs({0} - {1}) < {2}|isclose({1}, {0}, abs_tol={2}, rel_tol=0)|round({0} - {1}, 7) == 0
""")
ARGUMENTS = choices("""
    {0}, a={1}|*{0}|*[{0}], *({1},)|a={0}, **{{'a': {1}}}|{0},|{0},,|**{0}|*xs|xs, x|f({0})|{0} if x else {1}
""")
BEFORE = [
    "x = 2\n", "xs = [2, 1]\n", "r = f(1)\nassert r == r\n", "for v in (1, 2):\n    assert f(v) == v\n",
    "g = f\nassert g(1)\n", "def abs(v): return 0\n", "len = sum\n", "a, b = 1, f(2)\nassert a == b\n",
]  # fmt: skip
MESSAGES = ["", "", "", ", 'm'", ", 'a' 'b'", ", f(1)", ",", ", 'a' % 1", ", 1 / 0"]
ENDS = ["", "", "", "", "\n", "\n\n", "\t", " # c", ";", "\r\n", "\f", "\\\n", "\nassert (", "\nx ="]
NOISE = [*" \t\n\r\f\\#;,()[]{}'\"0_.-+e=:*é\x00\u00a0\u2028１ｆ", "not ", "f(", "==", "is", "True"]


class Texts:
    """`text()` gives the next one."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def text(self) -> str:
        head = self.chance.choice(["assert "] * 6 + ["assert\t", "assert(", "  assert "])
        text = (
            head
            + self._condition(0)
            + (")" if "(" in head else "")
            + self.chance.choice(MESSAGES)
            + self.chance.choice(ENDS)
        )
        text = self.chance.choice(BEFORE) + text if self._odds(0.1) else text
        return self._broken(text) if self._odds(0.12) else text

    def _odds(self, share: float) -> bool:
        return self.chance.random() < share

    def _literal(self, depth: int) -> str:
        kind = self.chance.random()
        if kind < 0.01:
            return self.chance.choice(NO_NUMBERS)
        if depth > 2 or kind < 0.5:
            return self.chance.choice(NUMBERS)
        if kind < 0.65:
            return self.chance.choice(STRINGS)
        if kind < 0.72:
            return self.chance.choice(OTHERS)
        if kind < 0.77:
            operator = self.chance.choice("+ - * / // % ** & <<".split())
            return f"{self._literal(depth + 1)} {operator} {self._literal(depth + 1)}"
        begin, end = self.chance.choice(["[]", "()", "()", "{}"])
        items = [self._literal(depth + 1) for _ in range(self.chance.randrange(4))]
        if begin == "{" and self._odds(0.6):
            items = [f"{self.chance.choice([*NUMBERS, *STRINGS])}: {item}" for item in items]
        return begin + self._space() + f"{self._space()},{self._space()}".join(items) + self._last(items) + end

    def _last(self, items: list[str]) -> str:
        return self.chance.choice(["", "", "", ",", " , "]) if items else ""

    def _space(self) -> str:
        return self.chance.choice(["", "", " ", "\t"])

    def _call(self) -> str:
        if self._odds(0.8):
            arguments = ", ".join(self._literal(1) for _ in range(self.chance.randrange(3)))
        else:
            arguments = self.chance.choice(ARGUMENTS).format(self._literal(2), self._literal(2))
        return f"f({self._space()}{arguments})"

    def _term(self, depth: int = 0) -> str:
        if depth == 2 or self._odds(0.6):
            return self._call()
        return self.chance.choice(TERMS).format(self._term(depth + 1))

    def _condition(self, depth: int) -> str:
        kind = self.chance.random()
        if kind < 0.35:
            return f"{self._call()}{self._space()}=={self._space()}{self._literal(0)}"
        if kind < 0.42:
            return f"{self._literal(0)}{self._space()}=={self._space()}{self._call()}"
        if kind < 0.5:
            singleton = self.chance.choice(["True", "False", "None", "not None", "1", "(True)", "1 != 2"])
            return f"{self.chance.choice(['', 'not '])}{self._call()} is {singleton}"
        if kind < 0.55:
            return f"{self.chance.choice(['', 'not ', 'not(', 'not not '])}{self._call()}"
        if kind < 0.7:
            return f"{self._term()} {self.chance.choice('== != < >= in is ==='.split())} {self._literal(0)}"
        if kind < 0.75:
            return f"{self._literal(0)} {self.chance.choice('== < is'.split())} {self._term()} == {self._literal(0)}"
        if kind < 0.85:
            limit = self.chance.choice("1e-6 0.5 1 0 -1 1e400 2".split())
            return self.chance.choice(NEAR).format(self._call(), self.chance.choice(NUMBERS), limit)
        if kind < 0.88 or depth == 2:
            return f"all({self._call()} == v for v in {self._literal(0)})"
        joined = self.chance.choice(["{0} and {1}", "{0} or {1}", "not ({0})", "({0}, 'm')", "{0} if x else {1}"])
        return joined.format(self._condition(depth + 1), self._condition(depth + 1))

    def _broken(self, text: str) -> str:
        place = self.chance.randrange(len(text))
        if self._odds(0.4):
            return text[:place] + text[place + 1 :]
        return text[:place] + self.chance.choice(NOISE) + text[place:]
