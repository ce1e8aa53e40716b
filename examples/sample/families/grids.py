"""Problems about grids."""

from ..problem import Bug, Edit, Problem, right, void, wrong

SHADOW_CELLS = Problem(
    name="shadow_cells",
    entry_point="shadow_cells",
    prompt='''from typing import List


def shadow_cells(heights: List[List[int]]) -> int:
    """The sun stands in the west, at the left of every row. A cell lies in shadow when some cell to its left in
    the same row is higher than it. Return the number of cells in shadow. Rows may differ in length.

    >>> shadow_cells([[3, 1, 3, 4], [1, 2]])
    1
    """
''',
    right=(
        """
        count = 0
        for row in heights:
            tallest = None
            for height in row:
                if tallest is not None and height < tallest:
                    count += 1
                else:
                    tallest = height
        return count
        """,
        """
        return sum(1 for row in heights for i in range(1, len(row)) if max(row[:i]) > row[i])
        """,
        """
        from itertools import accumulate
        total = 0
        for row in heights:
            total += sum(h < top for h, top in zip(row, accumulate(row, max)))
        return total
        """,
        """
        shadows = 0
        for row in heights:
            for j in range(len(row)):
                for k in range(j):
                    if row[k] > row[j]:
                        shadows += 1
                        break
        return shadows
        """,
        """
        total = 0
        for row in heights:
            highest = float('-inf')
            for h in row:
                total += h < highest
                highest = max(highest, h)
        return total
        """,
    ),
    bugs=(
        Edit(0, "height < tallest", "height <= tallest", "a cell of the same height counts"),
        Edit(0, "tallest = None", "tallest = 0", "heights below 0 lie in shadow"),
        Edit(0, "            tallest = height", "            pass", "the tallest is never set"),
        Edit(1, "max(row[:i]) > row[i]", "row[i - 1] > row[i]", "looks at the neighbour only"),
        Edit(1, "max(row[:i])", "max(row[i:])", "the sun in the east"),
        Edit(1, "range(1, len(row))", "range(1, len(heights[0]))", "takes the length of the first row"),
        Edit(2, "h < top", "h == top", "cells in the sun"),
        Edit(2, "total += sum", "total = sum", "only the last row"),
        Edit(3, "                break\n", "", "counts pairs of cells"),
        Edit(3, "row[k] > row[j]", "row[j] > row[k]", "cells that throw no shadow"),
        Edit(4, "max(highest, h)", "min(highest, h)", "the lowest in place of the highest"),
        Edit(4, "return total", "return total / max(len(heights), 1)", "an average"),
        Bug("columns in place of rows", """
            count = 0
            for j in range(len(heights[0]) if heights else 0):
                top = heights[0][j]
                for row in heights[1:]:
                    if row[j] < top:
                        count += 1
                    top = max(top, row[j])
            return count
            """),
        Bug("the tallest is kept from row to row", """
            count, tallest = 0, 0
            for row in heights:
                for h in row:
                    if h < tallest:
                        count += 1
                    tallest = max(tallest, h)
            return count
            """),
        Bug("returns the cells, not their number", """
            return [(i, j) for i, row in enumerate(heights) for j in range(len(row)) if max(row[:j + 1]) > row[j]]
            """),
    ),
    cases=("[[3, 1, 3, 4], [1, 2]]", "[]", "[[]]", "[[5]]", "[[5, 4, 3], [3, 4, 5]]", "[[2, 2, 2]]", "[[-3, -1, -2], [-5, -5]]",
           "[[9, 1, 2, 3], [1], [], [4, 0]]", "[[1, 3, 2, 3, 0], [7, 7, 6, 8, 7]]"),
    probes=("[[1, 2, 3]]", "[[3, 2, 1]]", "[[1], [0]]", "[[4, 1, 4]]", "[[0, 0], [0, 0]]", "[[2, 1], [2, 1]]", "[[-1, -2]]",
            "[[5, 1, 6, 2, 7]]", "[[8, 3], [3, 8], [8, 8]]", "[[1, 2, 1, 2, 1], [2, 1, 2]]", "[[], [1, 0]]"),
    tests=(
        *right("assert shadow_cells([[3, 1, 3, 4], [1, 2]]) == 1", "assert shadow_cells([]) == 0",
               "assert shadow_cells([[2, 1]] * 5) == 5", "assert shadow_cells([[9, 8, 7]]) == 2 != 3",
               "assert not shadow_cells([[1, 1, 1]])", "assert type(shadow_cells([[1]])) == int"),
        *wrong("assert shadow_cells([[2, 2]]) == 1", "assert shadow_cells([[3, 2, 1]]) == 3",
               "assert shadow_cells([[1, 2], [0, 0]]) == 2"),
        *void("assert shadow_cells([[1, 2], [3,"),
    ),
)

PATROL = Problem(
    name="patrol",
    entry_point="patrol",
    prompt='''from typing import List, Tuple


def patrol(yard: List[str], moves: str) -> Tuple[int, int]:
    """A robot stands on the top left field of a yard ('.' is free, '#' a wall; the top left field is free).
    It follows the moves N, E, S and W one field at a time; a move into a wall or out of the yard is left out.
    Return its last place as (row, column).

    >>> patrol(['..#', '...'], 'EESE')
    (1, 2)
    """
''',
    right=(
        """
        row = col = 0
        steps = {'N': (-1, 0), 'E': (0, 1), 'S': (1, 0), 'W': (0, -1)}
        for move in moves:
            r, c = row + steps[move][0], col + steps[move][1]
            if 0 <= r < len(yard) and 0 <= c < len(yard[r]) and yard[r][c] != '#':
                row, col = r, c
        return row, col
        """,
        """
        x = 0
        y = 0
        for m in moves:
            nx, ny = x, y
            if m == 'N':
                ny -= 1
            elif m == 'S':
                ny += 1
            elif m == 'E':
                nx += 1
            elif m == 'W':
                nx -= 1
            if ny < 0 or nx < 0 or ny >= len(yard) or nx >= len(yard[0]):
                continue
            if yard[ny][nx] == '#':
                continue
            x, y = nx, ny
        return (y, x)
        """,
        """
        free = {(r, c) for r, line in enumerate(yard) for c, field in enumerate(line) if field == '.'}
        place = (0, 0)
        for move in moves:
            target = (place[0] + (move == 'S') - (move == 'N'), place[1] + (move == 'E') - (move == 'W'))
            if target in free:
                place = target
        return place
        """,
        """
        width = len(yard[0]) + 2
        field = '#' * width + ''.join('#' + line + '#' for line in yard) + '#' * width
        at = width + 1
        for move in moves:
            step = {'N': -width, 'S': width, 'E': 1, 'W': -1}[move]
            if field[at + step] == '.':
                at += step
        return at // width - 1, at % width - 1
        """,
        """
        here = 0 + 0j
        turn = {'N': -1, 'S': 1, 'E': 1j, 'W': -1j}
        for move in moves:
            there = here + turn[move]
            r, c = int(there.real), int(there.imag)
            if r in range(len(yard)) and c in range(len(yard[0])) and yard[r][c] == '.':
                here = there
        return (int(here.real), int(here.imag))
        """,
    ),
    bugs=(
        Edit(0, "'N': (-1, 0), 'E': (0, 1), 'S': (1, 0)", "'N': (1, 0), 'E': (0, 1), 'S': (-1, 0)", "north is down"),
        Edit(0, " and yard[r][c] != '#'", "", "walks through walls"),
        Edit(0, "return row, col", "return col, row", "column before row"),
        Edit(0, "return row, col", "return [row, col]", "a list"),
        Edit(0, "        row, col = r, c\n", "        row, col = r, c\n    else:\n        break\n", "stops at a wall"),
        Edit(0, "0 <= r < len(yard) and 0 <= c < len(yard[r]) and ", "", "leaves the yard"),
        Edit(0, "0 <= r < len(yard) and 0 <= c <", "r < len(yard) and c <", "comes in again at the other side"),
        Edit(1, "return (y, x)", "return (x, y)", "column before row"),
        Edit(1, "nx >= len(yard[0])", "nx > len(yard[0])", "IndexError at the right edge"),
        Edit(1, "nx >= len(yard[0])", "nx >= len(yard)", "takes the yard for a square"),
        Edit(1, "elif m == 'W'", "elif m == 'L'", "another letter for west"),
        Edit(2, "place[1] + (move == 'E') - (move == 'W')", "place[1] + (move == 'W') - (move == 'E')", "east and west swapped"),
        Edit(2, "if target in free:\n        place", "if target in free:\n        free.discard(place)\n        place",
             "never goes back"),
        Edit(3, "at // width - 1, at % width - 1", "at // width, at % width", "counts from 1"),
        Edit(4, "return (int(here.real), int(here.imag))", "return here", "a complex number"),
        Bug("goes to the field even if it is a wall, then stops", """
            r = c = 0
            for m in moves:
                r += {'N': -1, 'S': 1}.get(m, 0)
                c += {'W': -1, 'E': 1}.get(m, 0)
                r = min(max(r, 0), len(yard) - 1)
                c = min(max(c, 0), len(yard[0]) - 1)
                if yard[r][c] == '#':
                    return r, c
            return r, c
            """),
        Bug("net movement", """
            row = moves.count('S') - moves.count('N')
            col = moves.count('E') - moves.count('W')
            return max(0, min(row, len(yard) - 1)), max(0, min(col, len(yard[0]) - 1))
            """),
    ),
    cases=("['..#', '...'], 'EESE'", "['.'], 'NESW'", "['...', '...'], ''", "['....'], 'EEEEEEW'", "['.', '.', '.'], 'SSSSN'",
           "['.#.', '...'], 'ESEEN'", "['..', '#.'], 'SESW'", "['.....', '.###.', '.....'], 'SSEEEENNWWWW'",
           "['...', '...'], 'WNESWN'"),
    probes=("['..', '..'], 'ES'", "['..', '..'], 'SE'", "['..', '..'], 'NN'", "['.#', '..'], 'E'", "['...'], 'EE'",
            "['...'], 'EEEW'", "['.', '#'], 'S'", "['..', '..'], 'ESWN'", "['....', '.##.', '....'], 'SSEEEN'",
            "['..#.', '....'], 'EESEEN'"),
    tests=(
        *right("assert patrol(['..#', '...'], 'EESE') == (1, 2)", "assert patrol(['.'], '') == (0, 0), 'no moves'",
               "assert patrol(['...'], 'EE')[1] == 2", "assert (patrol(['..', '..'], 'SE')) == ((1, 1))",
               "assert patrol(['..', '..'], 'SN') == patrol(['..', '..'], 'EW')",
               "assert tuple(patrol(['.', '.'], 'S')) == (1, 0)"),
        *wrong("assert patrol(['..', '..'], 'E') == (1, 0)", "assert patrol(['.#'], 'E') == (0, 1)",
               "assert patrol(['...'], 'EEW') == (1, 0)"),
        *void("assert ____ == patrol(['..'], 'E')"),
    ),
)

PROBLEMS = (SHADOW_CELLS, PATROL)
