"""Problems about small languages."""

from ..problem import Bug, Edit, Problem, right, void, wrong

READ_DURATION = Problem(
    name="read_duration",
    entry_point="read_duration",
    prompt='''from typing import Optional


def read_duration(text: str) -> Optional[int]:
    """Read a duration like '1h30m', '45s' or '2h5s' and return it in seconds. The units are h, m and s; each
    comes at most once, in this order, with a whole number before it, and there is at least one of them.
    Return None for any other text.

    >>> read_duration('1h30m')
    5400
    """
''',
    right=(
        """
        import re
        match = re.fullmatch(r'(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?', text)
        if not match or not text:
            return None
        h, m, s = (int(part or 0) for part in match.groups())
        return h * 3600 + m * 60 + s
        """,
        """
        total = 0
        digits = ''
        units = 'hms'
        for c in text:
            if c in '0123456789':
                digits += c
            elif c in units and c != '' and digits:
                total += int(digits) * {'h': 3600, 'm': 60, 's': 1}[c]
                units = units[units.index(c) + 1:]
                digits = ''
            else:
                return None
        return total if text and not digits else None
        """,
        """
        rest = text
        seconds = 0
        found = False
        for unit, size in (('h', 3600), ('m', 60), ('s', 1)):
            number, sep, tail = rest.partition(unit)
            if sep:
                if not (number.isascii() and number.isdigit()):
                    return None
                seconds += int(number) * size
                rest = tail
                found = True
        if rest or not found:
            return None
        return seconds
        """,
        """
        import re
        parts = re.findall(r'([0-9]+)([hms])', text)
        order = ''.join(unit for _, unit in parts)
        if not parts or ''.join(n + u for n, u in parts) != text:
            return None
        if list(order) != sorted(set(order)):
            return None
        return sum(int(n) * {'h': 3600, 'm': 60, 's': 1}[u] for n, u in parts)
        """,
    ),
    bugs=(
        Edit(0, "if not match or not text:", "if not match:", "empty text is 0"),
        Edit(0, "fullmatch", "match", "what follows is ignored"),
        Edit(0, "h * 3600 + m * 60 + s", "h * 60 + m * 60 + s", "an hour of 60 seconds"),
        Edit(0, "h * 3600 + m * 60 + s", "h * 60 + m", "minutes"),
        Edit(0, "int(part or 0)", "int(part)", "TypeError for a unit left out"),
        Edit(0, "return None", "return 0", "0 in place of None"),
        Edit(0, "return None", "raise ValueError(text)", "raises for a bad text"),
        Edit(1, "        units = units[units.index(c) + 1:]\n", "", "units in any order and more than once"),
        Edit(1, "        digits = ''\n    else", "    else", "digits of the last unit are kept"),
        Edit(1, " and digits:", ":", "ValueError for a unit without a number"),
        Edit(1, "total if text and not digits else None", "total if text else None", "a number without a unit is 0"),
        Edit(2, "if rest or not found", "if not found", "rests are ignored"),
        Edit(3, "if list(order) != sorted(set(order)):\n    return None\n", "", "order is not looked at"),
        Bug("splits at h and m only", """
            try:
                hours, rest = text.split('h')
                minutes = rest.split('m')[0]
                return int(hours) * 3600 + int(minutes) * 60
            except ValueError:
                return None
            """),
        Bug("reads digits, not numbers", """
            total = 0
            for i, c in enumerate(text):
                if c in 'hms':
                    if i == 0 or not text[i - 1].isdigit():
                        return None
                    total += int(text[i - 1]) * {'h': 3600, 'm': 60, 's': 1}[c]
            return total or None
            """),
    ),
    cases=("'1h30m'", "'45s'", "'2h5s'", "''", "'12'", "'h'", "'5m3h'", "'1h1h'", "'10h20m30s'", "'0s'", "'1h 5m'",
           "'90m'", "'3x'", "'007m'", "'5s!'", "'-5s'"),
    probes=("'1h'", "'1m'", "'1s'", "'1h1m1s'", "'2h30m'", "'100s'", "'0m'", "'m5'", "'5'", "'1s1h'", "'1m1m'", "'1H'",
            "'12h12m'", "' 1h'", "'3m4s'"),
    tests=(
        *right("assert read_duration('1h30m') == 5400", "assert read_duration('') is None",
               "assert read_duration('1h') == 60 * read_duration('1m')", "assert (read_duration('10s')) == (10)",
               "assert read_duration('2h') // 3600 == 2", "assert read_duration('abc') == None, \"not a duration\""),
        *wrong("assert read_duration('1h30m') == 90", "assert read_duration('') == 0",
               "assert read_duration('30s1m') == 90", "assert read_duration('15') == 15"),
        *void("assert read_duration('1h30m", "For example, '1h30m' is 5400 seconds."),
    ),
)

SEAT_LIST = Problem(
    name="seat_list",
    entry_point="seat_list",
    prompt='''from typing import List


def seat_list(order: str) -> List[int]:
    """An order names seats, separated by commas: '4' is a seat, '2-5' are the seats 2 to 5, and a part that
    begins with '!' gives seats back. The parts apply from left to right. Return the seats that are taken in
    the end, sorted. An empty order takes none; a range whose end is below its beginning holds no seat.

    >>> seat_list('1-5,!3,9')
    [1, 2, 4, 5, 9]
    """
''',
    right=(
        """
        taken = set()
        for part in order.split(','):
            if not part:
                continue
            back = part.startswith('!')
            ends = part.lstrip('!').split('-')
            seats = set(range(int(ends[0]), int(ends[-1]) + 1))
            taken = taken - seats if back else taken | seats
        return sorted(taken)
        """,
        """
        if order == '':
            return []
        result = []
        for piece in order.split(','):
            text = piece[1:] if piece[0] == '!' else piece
            low, _, high = text.partition('-')
            for seat in range(int(low), int(high or low) + 1):
                if piece[0] == '!':
                    if seat in result:
                        result.remove(seat)
                elif seat not in result:
                    result.append(seat)
        result.sort()
        return result
        """,
        """
        import re
        seats = {}
        for mark, low, high in re.findall(r'(!?)([0-9]+)(?:-([0-9]+))?', order):
            for n in range(int(low), int(high or low) + 1):
                seats[n] = not mark
        return [n for n in sorted(seats) if seats[n]]
        """,
        """
        parts = [p for p in order.split(',') if p]
        def wanted(seat):
            answer = False
            for p in parts:
                a, *rest = p.strip('!').split('-')
                if int(a) <= seat <= int(rest[0] if rest else a):
                    answer = p[0] != '!'
            return answer
        top = max([int(x) for p in parts for x in p.strip('!').split('-')], default=-1)
        return [seat for seat in range(top + 1) if wanted(seat)]
        """,
    ),
    bugs=(
        Edit(0, "int(ends[-1]) + 1", "int(ends[-1])", "the end of a range is left out"),
        Edit(0, "    if not part:\n        continue\n", "", "ValueError for an empty order"),
        Edit(0, "return sorted(taken)", "return taken", "a set in place of a list"),
        Edit(0, "return sorted(taken)", "return sorted(taken, key=str)", "sorted as text"),
        Edit(0, "taken - seats if back else taken | seats", "taken ^ seats", "toggles"),
        Edit(0, "taken - seats if back else taken | seats", "taken | seats", "nothing is given back"),
        Edit(1, "elif seat not in result:", "else:", "seats named twice are listed twice"),
        Edit(1, "result.sort()\n", "", "in the order named"),
        Edit(1, "            if seat in result:\n                result.remove(seat)", "            result.remove(seat)",
             "ValueError for giving back a free seat"),
        Edit(1, "return []", "return None", "None in place of an empty list"),
        Edit(2, "([0-9]+)(?:-([0-9]+))?", "([0-9])(?:-([0-9]))?", "one digit only"),
        Edit(2, "[n for n in sorted(seats) if seats[n]]", "sorted(seats)", "seats given back stay"),
        Edit(3, "range(top + 1)", "range(top)", "the highest seat is left out"),
        Bug("gives back at the end, whatever the order", """
            plus, minus = set(), set()
            for part in filter(None, order.split(',')):
                ends = part.lstrip('!').split('-')
                (minus if part[0] == '!' else plus).update(range(int(ends[0]), int(ends[-1]) + 1))
            return sorted(plus - minus)
            """),
        Bug("ranges are swapped when upside down", """
            taken = set()
            for part in filter(None, order.split(',')):
                a, b = sorted([int(x) for x in part.lstrip('!').split('-')] * 2)[::3]
                seats = set(range(a, b + 1))
                taken = taken - seats if part[0] == '!' else taken | seats
            return sorted(taken)
            """),
    ),
    cases=("'1-5,!3,9'", "''", "'7'", "'3,1,2'", "'1-3,2-4'", "'!2,1-3'", "'1-10,!4-6,5'", "'5-3'", "'10,9,100'", "'4,4,!4'",
           "'2-2'", "'8-12,!11-20'"),
    probes=("'1'", "'1,2'", "'1-3'", "'3-1'", "'1-3,!2'", "'!1'", "'5,5'", "'12-14'", "'2,!2,2'", "'9,8,7'", "'1-4,!1-4'",
            "'20-22,3,!21'"),
    tests=(
        *right("assert seat_list('1-5,!3,9') == [1, 2, 4, 5, 9]", "assert len(seat_list('1-100')) == 100",
               "assert not seat_list('')", "assert seat_list('2,1') == sorted(seat_list('2,1'))",
               "assert 3 not in seat_list('1-5,!3')", "assert seat_list('1-3') == seat_list('3,2,1') == [1, 2, 3]"),
        *wrong("assert seat_list('!2,1-3') == [1, 3]", "assert seat_list('5-3') == [3, 4, 5]",
               "assert seat_list('1-3,!2') == [1, 2]"),
        *void("assert ____ == seat_list('1-5')"),
    ),
)

OUTLINE_PATHS = Problem(
    name="outline_paths",
    entry_point="outline_paths",
    prompt='''from typing import List


def outline_paths(outline: str) -> List[str]:
    """An outline has a title on each line; two spaces more in front put it below the line above. Blank lines
    mean nothing. Return the path of every title, from the top, with slashes.

    >>> outline_paths('home\\\\n  garden\\\\n    shed\\\\nwork')
    ['home', 'home/garden', 'home/garden/shed', 'work']
    """
''',
    right=(
        """
        paths = []
        trail = []
        for line in outline.split('\\n'):
            title = line.strip()
            if not title:
                continue
            depth = (len(line) - len(line.lstrip(' '))) // 2
            trail = trail[:depth] + [title]
            paths.append('/'.join(trail))
        return paths
        """,
        """
        result = []
        parents = {-1: ''}
        for line in outline.splitlines():
            if line.strip() == '':
                continue
            level = 0
            while line.startswith('  '):
                line = line[2:]
                level += 1
            parents[level] = parents[level - 1] + '/' + line.strip()
            result.append(parents[level][1:])
        return result
        """,
        """
        import re
        stack, out = [], []
        for spaces, title in re.findall(r'^( *)(\\S.*?) *$', outline, re.M):
            while len(stack) > len(spaces) // 2:
                stack.pop()
            stack.append(title)
            out.append('/'.join(stack))
        return out
        """,
        """
        lines = [l for l in outline.split('\\n') if l.strip()]
        def indent(text):
            return len(text) - len(text.lstrip())
        answer = []
        for i, line in enumerate(lines):
            path, level = line.strip(), indent(line)
            for above in reversed(lines[:i]):
                if indent(above) < level:
                    path, level = above.strip() + '/' + path, indent(above)
            answer.append(path)
        return answer
        """,
    ),
    bugs=(
        Edit(0, "    if not title:\n        continue\n", "", "blank lines make paths"),
        Edit(0, " // 2", "", "depth in spaces, not steps"),
        Edit(0, "trail[:depth] + [title]", "trail + [title]", "never goes up again"),
        Edit(0, "trail[:depth] + [title]", "trail[:depth + 1] + [title]", "one level too deep"),
        Edit(0, "'/'.join(trail)", "'.'.join(trail)", "dots for slashes"),
        Edit(0, "paths.append('/'.join(trail))", "paths.append(trail)", "lists for text"),
        Edit(0, "title = line.strip()", "title = line", "spaces stay in the path"),
        Edit(1, "[1:]", "", "a slash in front"),
        Edit(1, "parents[level][1:]", "line.strip()", "only the title"),
        Edit(2, "    while len(stack) > len(spaces) // 2:\n        stack.pop()",
             "    if len(stack) > len(spaces) // 2:\n        stack.pop()", "goes up by one level only"),
        Edit(3, "reversed(lines[:i])", "lines[:i]", "finds the first, not the nearest line above"),
        Edit(3, "above.strip() + '/' + path", "path + '/' + above.strip()", "paths from the bottom"),
        Edit(3, "return answer", "return '\\n'.join(answer)", "one text"),
        Bug("only the leaves", """
            lines = [l for l in outline.split('\\n') if l.strip()]
            trail, out = [], []
            for i, line in enumerate(lines):
                depth = (len(line) - len(line.lstrip())) // 2
                trail = trail[:depth] + [line.strip()]
                below = lines[i + 1] if i + 1 < len(lines) else ''
                if len(below) - len(below.lstrip()) <= 2 * depth:
                    out.append('/'.join(trail))
            return out
            """),
        Bug("two levels only", """
            out, parent = [], ''
            for line in outline.split('\\n'):
                if not line.strip():
                    continue
                if line.startswith(' '):
                    out.append(parent + '/' + line.strip())
                else:
                    parent = line.strip()
                    out.append(parent)
            return out
            """),
    ),
    cases=(r"'home\n  garden\n    shed\nwork'", "''", "'a'", r"'a\nb\nc'", r"'a\n  b\n  c\n    d\n  e'", r"'a\n\n  b\n   \nc'",
           r"'a\n  b\n    c\n      d\ne\n  f'", r"'to do\n  buy milk \n'", r"'x\n  y\nx\n  y\n    z'"),
    probes=(r"'a\n  b'", r"'a\n  b\nc'", r"'a\n  b\n    c'", r"'a\n  b\n    c\nd'", r"'\n\n'", r"'one two\n  three'", r"'a\n  b\n\n  c'",
            r"'r\n  s\n    t\n  u'", r"'p\n  q\np\n  q'"),
    tests=(
        *right(r"assert outline_paths('a\n  b') == ['a', 'a/b']", "assert outline_paths('') == []",
               r"assert len(outline_paths('a\nb\n\nc')) == 3", r"assert outline_paths('a\n  b\n    c')[-1].count('/') == 2",
               r"assert all('/' not in path for path in outline_paths('a\nb'))",
               r"assert outline_paths('a\n  b\nc')[2] == 'c', 'back at the top'"),
        *wrong(r"assert outline_paths('a\n  b\nc') == ['a', 'a/b', 'a/c']", "assert outline_paths('') == ['']",
               r"assert outline_paths('a\n  b') == ['a', 'b']"),
        *void(r"assert outline_paths('a\n  b') == ['a', 'a/"),
    ),
    num_wrong=20,
)

PROBLEMS = (READ_DURATION, SEAT_LIST, OUTLINE_PATHS)
