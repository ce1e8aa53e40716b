"""Problems about readings and averages."""

from ..problem import Bug, Edit, Problem, right, void, wrong

BLENDED_PRICE = Problem(
    name="blended_price",
    entry_point="blended_price",
    atol=1e-6,
    prompt='''from typing import List, Tuple


def blended_price(lots: List[Tuple[float, int]]) -> float:
    """Each lot is (price per piece, number of pieces). Return the average price of a piece over all lots.
    Lots with a negative number of pieces are mistakes and are left out. Without any piece the answer is 0.0.

    >>> blended_price([(2.0, 3), (4.0, 1)])
    2.5
    """
''',
    right=(
        """
        total = 0.0
        pieces = 0
        for price, number in lots:
            if number > 0:
                total += price * number
                pieces += number
        return total / pieces if pieces else 0.0
        """,
        """
        good = [(p, n) for p, n in lots if n > 0]
        if not good:
            return 0.0
        return sum(p * n for p, n in good) / sum(n for _, n in good)
        """,
        """
        valid = [lot for lot in lots if lot[1] >= 0]
        count = sum(lot[1] for lot in valid)
        if count == 0:
            return 0.0
        return sum(lot[0] * lot[1] / count for lot in valid)
        """,
        """
        average, seen = 0.0, 0
        for i in range(len(lots)):
            price, number = lots[i]
            if number <= 0:
                continue
            seen += number
            average += (price - average) * number / seen
        return average
        """,
        """
        prices = []
        for price, number in lots:
            prices.extend([price] * number)
        try:
            return sum(prices) / len(prices)
        except ZeroDivisionError:
            return 0.0
        """,
    ),
    bugs=(
        Edit(0, "if number > 0:", "if price > 0:", "tests the price, not the number"),
        Edit(0, " if pieces else 0.0", "", "divides by zero"),
        Edit(0, "total / pieces if pieces else 0.0", "total // pieces if pieces else 0.0", "floor division"),
        Edit(0, "if pieces else 0.0", "if pieces else None", "None in place of 0.0"),
        Edit(0, "pieces += number", "pieces += 1", "counts lots, not pieces"),
        Edit(0, "return total / pieces if pieces else 0.0", "return int(total / pieces) if pieces else 0.0", "cut to an int"),
        Edit(1, "/ sum(n for _, n in good)", "/ len(good)", "divides by the number of lots"),
        Edit(1, "if n > 0", "if n > 1", "single pieces are left out"),
        Edit(2, "lot[1] >= 0", "lot", "mistaken lots are kept"),
        Edit(2, "sum(lot[0] * lot[1] / count", "sum(lot[0] / count", "not weighted"),
        Edit(3, "seen += number", "seen += 1", "running mean with the wrong weight"),
        Bug("mean of the prices", """
            if not lots:
                return 0.0
            return sum(price for price, _ in lots) / len(lots)
            """),
        Bug("absolute values of mistaken lots", """
            pieces = sum(abs(n) for _, n in lots)
            return sum(p * abs(n) for p, n in lots) / pieces if pieces else 0.0
            """),
        Bug("returns inside the loop", """
            total = pieces = 0
            for price, number in lots:
                total += price * max(number, 0)
                pieces += max(number, 0)
                if pieces:
                    return total / pieces
            return 0.0
            """),
        Bug("rounded to one digit", """
            pieces = sum(n for _, n in lots if n > 0)
            if pieces == 0:
                return 0.0
            return round(sum(p * n for p, n in lots if n > 0) / pieces, 1)
            """),
    ),
    cases=("[(2.0, 3), (4.0, 1)]", "[]", "[(5.5, 0)]", "[(1.0, 1), (2.0, 1), (4.0, 1)]", "[(3.0, -2)]",
           "[(3.0, -2), (7.25, 4)]", "[(0.1, 3), (0.2, 3)]", "[(10.0, 1), (1.0, 99)]", "[(-2.0, 2), (5.0, 1)]",
           "[(1.99, 7), (2.49, 5), (0.0, 2)]"),
    probes=("[(1.0, 1)]", "[(2.0, 2), (3.0, 2)]", "[(0.3, 1), (0.6, 2)]", "[(9.99, 3), (4.5, 1)]", "[(1.0, -1)]",
            "[(100.0, 1), (50.0, 3)]", "[(0.0, 5)]", "[(1.5, 2), (2.5, -2)]", "[(3.0, 1), (3.1, 1), (3.3, 1)]",
            "[(7.0, 3), (1.0, 0)]", "[(12.5, 8), (10.0, 4)]"),
    tests=(
        *right("assert round(blended_price([(2.0, 3), (4.0, 1)]), 2) == 2.5", "assert blended_price([]) == 0",
               "assert abs(blended_price([(1.0, 1), (2.0, 2)]) - 1.6666667) < 1e-6",
               "assert 1.0 < blended_price([(1.0, 1), (2.0, 1)]) < 2.0",
               "assert isinstance(blended_price([(2.0, 1)]), float)"),
        *wrong("assert round(blended_price([(1.0, 2), (4.0, 1)]), 2) == 2.5", "assert blended_price([]) is None",
               "assert blended_price([(0.1, 1), (0.2, 2)]) == 0.17"),
        *void("The function should return the average price, weighted by the number of pieces."),
    ),
    num_right=14,
)

BAND_EXITS = Problem(
    name="band_exits",
    entry_point="band_exits",
    prompt='''from typing import List


def band_exits(levels: List[int], low: int, high: int) -> int:
    """A gauge watches a water level that should stay between low and high, both included.
    Return how many separate periods of readings lay outside the band. Readings above the band and below it
    belong to one period when nothing inside the band lies between them.

    >>> band_exits([3, 9, 9, 4, 0, 5], 2, 6)
    2
    """
''',
    right=(
        """
        count = 0
        outside = False
        for level in levels:
            if low <= level <= high:
                outside = False
            elif not outside:
                outside = True
                count += 1
        return count
        """,
        """
        flags = [level < low or level > high for level in levels]
        return sum(1 for i, flag in enumerate(flags) if flag and (i == 0 or not flags[i - 1]))
        """,
        """
        from itertools import groupby
        return sum(1 for inside, _ in groupby(levels, key=lambda level: low <= level <= high) if not inside)
        """,
        """
        text = ''.join('.' if low <= x <= high else '#' for x in levels)
        return len([part for part in text.split('.') if part])
        """,
        """
        previous = True
        total = 0
        for x in levels:
            inside = x in range(low, high + 1)
            if previous and not inside:
                total += 1
            previous = inside
        return total
        """,
    ),
    bugs=(
        Edit(0, "low <= level <= high", "low < level < high", "the edges of the band count as outside"),
        Edit(0, "        outside = True\n", "", "counts readings, not periods"),
        Edit(0, "outside = False\nfor", "outside = True\nfor", "a start outside is not counted"),
        Edit(0, "low <= level <= high", "level <= high", "levels below the band are missed"),
        Edit(0, "return count", "return count > 0", "a bool in place of a count"),
        Edit(1, "flag and (i == 0 or not flags[i - 1])", "flag and not flags[i - 1]", "looks at the last for the first"),
        Edit(1, "level < low or level > high", "level > high", "only the upper edge"),
        Edit(2, "if not inside", "if inside", "counts the periods inside"),
        Edit(2, "if not inside", "", "counts all periods"),
        Edit(3, "if part]", "]", "empty parts are counted"),
        Edit(4, "range(low, high + 1)", "range(low, high)", "the upper edge is outside"),
        Edit(4, "    previous = inside\n", "", "previous is never updated"),
        Bug("above and below are separate periods", """
            count = 0
            state = 0
            for level in levels:
                new = -1 if level < low else 1 if level > high else 0
                if new != state and new != 0:
                    count += 1
                state = new
            return count
            """),
        Bug("counts crossings both ways", """
            crossings = 0
            for a, b in zip(levels, levels[1:]):
                if (low <= a <= high) != (low <= b <= high):
                    crossings += 1
            return crossings
            """),
        Bug("pairs only, start outside forgotten", """
            return sum(low <= a <= high and not low <= b <= high for a, b in zip(levels, levels[1:]))
            """),
    ),
    cases=("[3, 9, 9, 4, 0, 5], 2, 6", "[], 0, 1", "[5], 2, 6", "[9], 2, 6", "[2, 6, 2, 6], 2, 6", "[9, 0, 9], 2, 6",
           "[1, 3, 1, 3, 1], 2, 6", "[7, 7, 7, 3], 2, 6", "[3, 3, 8], 2, 6", "[-5, 4, -6, -7, 5, 20], 0, 10",
           "[4, 1, 8, 4, 8], 2, 6"),
    probes=("[1, 2, 3], 1, 3", "[0, 2, 4], 1, 3", "[4, 4], 1, 3", "[], 1, 3", "[2, 5, 2, 5], 1, 3", "[0, 9], 1, 3",
            "[1, 3, 3, 1], 1, 3", "[10, 2, 10, 2, 10], 1, 3", "[2, 2, 2, -1], 0, 2", "[-3, -2, -1], -2, 0",
            "[6, 5, 4, 3], 4, 5", "[8, 3, 9, 9, 9, 3], 2, 7"),
    tests=(
        *right("assert band_exits([3, 9, 9, 4, 0, 5], 2, 6) == 2", "assert 0 == band_exits([2, 2], 2, 2)",
               "assert band_exits([9, 9, 9], 2, 6) != 3", "assert band_exits([9], 2, 6) == True",
               "assert band_exits(levels=[9, 3, 9], low=2, high=6) == 2"),
        *wrong("assert band_exits([9, 0], 2, 6) == 2", "assert band_exits([2, 6], 2, 6) == 2",
               "assert band_exits([9, 3], 2, 6) == 0"),
        *void("assert band_exits(", "# check that the function works"),
    ),
)

PROBLEMS = (BLENDED_PRICE, BAND_EXITS)
