"""Problems about counts and divisibility."""

from ..problem import Bug, Edit, Problem, right, void, wrong

GEAR_TURNS = Problem(
    name="gear_turns",
    entry_point="gear_turns",
    prompt='''import math
from typing import Optional, Tuple


def gear_turns(teeth_a: int, teeth_b: int) -> Optional[Tuple[int, int]]:
    """Two meshed gears start with their marked teeth touching. Return how many full turns each gear has
    made when the marked teeth touch again for the first time, as (turns of a, turns of b).
    A gear needs at least one tooth: return None otherwise.

    >>> gear_turns(12, 8)
    (2, 3)
    """
''',
    right=(
        """
        if teeth_a <= 0 or teeth_b <= 0:
            return None
        common = math.gcd(teeth_a, teeth_b)
        return teeth_b // common, teeth_a // common
        """,
        """
        if teeth_a < 1 or teeth_b < 1:
            return None
        total = teeth_a * teeth_b // math.gcd(teeth_a, teeth_b)
        return (total // teeth_a, total // teeth_b)
        """,
        """
        if min(teeth_a, teeth_b) < 1:
            return None
        turns = 1
        while (turns * teeth_a) % teeth_b != 0:
            turns += 1
        return (turns, turns * teeth_a // teeth_b)
        """,
        """
        if not (teeth_a > 0 and teeth_b > 0):
            return None
        x, y = teeth_a, teeth_b
        while y:
            x, y = y, x % y
        return (teeth_b // x, teeth_a // x)
        """,
        """
        if teeth_a <= 0 or teeth_b <= 0:
            return None
        a, b = teeth_a, teeth_b
        turns_a = turns_b = 1
        while a != b:
            if a < b:
                a += teeth_a
                turns_a += 1
            else:
                b += teeth_b
                turns_b += 1
        return turns_a, turns_b
        """,
        """
        from fractions import Fraction
        if teeth_a <= 0 or teeth_b <= 0:
            return None
        ratio = Fraction(teeth_b, teeth_a)
        return ratio.numerator, ratio.denominator
        """,
    ),
    bugs=(
        Edit(0, "return teeth_b // common, teeth_a // common", "return teeth_a // common, teeth_b // common",
             "the two turns are swapped"),
        Edit(0, "teeth_a <= 0 or teeth_b <= 0", "teeth_a < 0 or teeth_b < 0", "zero teeth are let through"),
        Edit(0, "return None", "return (0, 0)", "(0, 0) in place of None"),
        Edit(0, "teeth_b // common, teeth_a // common", "str(teeth_b // common), str(teeth_a // common)", "text"),
        Edit(0, "or", "and", "only both gears empty gives None"),
        Edit(1, " // math.gcd(teeth_a, teeth_b)", "", "the product, not the least common multiple"),
        Edit(1, "return (total // teeth_a, total // teeth_b)", "return total", "the number of teeth, not turns"),
        Edit(1, "(total // teeth_a, total // teeth_b)", "[total // teeth_a, total // teeth_b]", "a list"),
        Edit(2, "turns = 1", "turns = 0", "stops before the first turn"),
        Edit(2, "(turns, turns * teeth_a // teeth_b)", "turns", "only one of the two"),
        Edit(3, "while y:", "while y > 1:", "Euclid stops one step early"),
        Edit(4, "turns_a = turns_b = 1", "turns_a = turns_b = 0", "one turn too few of each"),
        Bug("returns teeth as turns", "return teeth_b, teeth_a"),
        Bug("only handles divisible gears", """
            if teeth_a % teeth_b == 0:
                return (1, teeth_a // teeth_b)
            if teeth_b % teeth_a == 0:
                return (teeth_b // teeth_a, 1)
            return (teeth_b, teeth_a)
            """),
    ),
    hangs=(
        Bug("never catches up when a gear has no teeth", """
            a, b = teeth_a, teeth_b
            turns_a = turns_b = 1
            while a != b:
                if a < b:
                    a += teeth_a
                    turns_a += 1
                else:
                    b += teeth_b
                    turns_b += 1
            return turns_a, turns_b
            """),
    ),
    cases=("12, 8", "8, 12", "7, 5", "10, 10", "1, 9", "9, 1", "30, 45", "0, 5", "6, 0", "-4, 8", "48, 18",
           "100, 75"),
    probes=("12, 8", "3, 9", "9, 3", "20, 15", "1, 1", "0, 7", "17, 19", "60, 24", "-1, 4", "14, 21", "40, 16",
            "5, 35", "11, 0", "13, 26"),
    tests=(
        *right("assert gear_turns(12, 8)[0] * 12 == gear_turns(12, 8)[1] * 8", "assert gear_turns(-3, -3) is None",
               "assert gear_turns(6, 4) == (2, 3) and gear_turns(4, 6) == (3, 2)",
               "assert isinstance(gear_turns(5, 3), tuple)", "assert len(gear_turns(9, 6)) == 2",
               "assert not gear_turns(0, 0)"),
        *wrong("assert gear_turns(16, 12) == (4, 3)", "assert gear_turns(0, 5) == (0, 0)",
               "assert gear_turns(10, 4) == (20, 20)"),
        *void("assert ____ == gear_turns(12, 8)"),
    ),
    num_right=16,
)

FERRY_TRIPS = Problem(
    name="ferry_trips",
    entry_point="ferry_trips",
    prompt='''from typing import List, Optional


def ferry_trips(weights: List[int], capacity: int) -> Optional[int]:
    """Cars board a ferry strictly in the order of the queue. The first car that does not fit any more waits,
    with all cars behind it, for the next trip. Return the number of trips, or None if some car is heavier
    than the capacity. An empty queue needs no trip.

    >>> ferry_trips([4, 3, 5, 2], 8)
    2
    """
''',
    right=(
        """
        if any(weight > capacity for weight in weights):
            return None
        trips = 0
        room = 0
        for weight in weights:
            if weight > room:
                trips += 1
                room = capacity
            room -= weight
        return trips
        """,
        """
        if not weights:
            return 0
        if max(weights) > capacity:
            return None
        trips = 1
        load = 0
        for weight in weights:
            if load + weight > capacity:
                trips += 1
                load = weight
            else:
                load += weight
        return trips
        """,
        """
        trips, i = 0, 0
        while i < len(weights):
            if weights[i] > capacity:
                return None
            load = 0
            while i < len(weights) and load + weights[i] <= capacity:
                load += weights[i]
                i += 1
            trips += 1
        return trips
        """,
        """
        from collections import deque
        queue = deque(weights)
        result = 0
        while queue:
            load = 0
            if queue[0] > capacity:
                return None
            while queue and load + queue[0] <= capacity:
                load += queue.popleft()
            result += 1
        return result
        """,
        """
        loads = []
        for w in weights:
            if w > capacity:
                return None
            if loads and sum(loads[-1]) + w <= capacity:
                loads[-1].append(w)
            else:
                loads.append([w])
        return len(loads)
        """,
    ),
    bugs=(
        Edit(1, "trips = 1", "trips = 0", "the last trip is not counted"),
        Edit(1, "load + weight > capacity", "load + weight >= capacity", "a full ferry counts as overloaded"),
        Edit(1, "load = weight", "load = 0", "the waiting car vanishes"),
        Edit(1, "if not weights:\n    return 0\n", "", "max() of an empty queue raises"),
        Edit(1, "return None", "return -1", "-1 in place of None"),
        Edit(0, "weight > capacity for", "weight >= capacity for", "a car as heavy as the ferry is refused"),
        Edit(0, "if any(weight > capacity for weight in weights):\n    return None\n", "",
             "too heavy a car is not noticed"),
        Edit(0, "        room = capacity\n    room -= weight", "        room = capacity - weight",
             "room is not used up by later cars"),
        Edit(4, "for w in weights:", "for w in sorted(weights):", "sorts the queue"),
        Edit(4, "return len(loads)", "return len(loads) or None", "None for an empty queue"),
        Edit(4, "return len(loads)", "return loads", "the loads, not their number"),
        Edit(3, "result += 1", "result += load > 0 and len(queue) > 0", "only trips with cars left behind"),
        Bug("rounds the total up, order ignored", """
            if weights and max(weights) > capacity:
                return None
            return -(-sum(weights) // capacity)
            """),
        Bug("one car a trip", """
            for weight in weights:
                if weight > capacity:
                    return None
            return len(weights)
            """),
    ),
    hangs=(
        Bug("waits for ever for a car that is too heavy", """
            trips, i = 0, 0
            while i < len(weights):
                load = 0
                while i < len(weights) and load + weights[i] <= capacity:
                    load += weights[i]
                    i += 1
                trips += 1
            return trips
            """),
    ),
    cases=("[4, 3, 5, 2], 8", "[], 10", "[11], 10", "[10], 10", "[5, 5, 5, 5], 10", "[1, 9, 1, 9], 10",
           "[6, 6, 6], 10", "[2, 2, 2, 2, 2], 4", "[3, 20, 3], 10", "[7, 2, 4, 4, 1], 9", "[9, 2, 8, 1], 10"),
    probes=("[1, 2, 3], 6", "[1, 2, 3], 5", "[4, 4, 4], 4", "[], 3", "[5], 4", "[5, 1, 5, 1], 6", "[8, 8], 15",
            "[2, 9, 2, 9, 2], 11", "[1] * 10, 3", "[3, 3, 3, 3], 7", "[12, 1], 11", "[6, 4, 6, 4], 10"),
    tests=(
        *right("assert ferry_trips([4, 3, 5, 2], 8) == 2, 'example'", "assert (ferry_trips([1, 1], 2)) == (1)",
               "assert ferry_trips([2, 2], 2) - ferry_trips([1, 1], 2) == 1",
               "assert ferry_trips([100], 99) is None, \"too heavy\"",
               {"check": "def check(candidate):\n    assert candidate([4, 4], 8) == 1\n    assert candidate([4, 5], 8) == 2\n"}),
        *wrong("assert ferry_trips([4, 4, 4, 4], 9) == 3", "assert ferry_trips([], 5) == 1",
               "assert ferry_trips([20], 10) == -1", "assert ferry_trips([3, 7, 3], 10) == 1"),
        *void("assert ferry_trips([4, 3, 5"),
    ),
)

PROBLEMS = (GEAR_TURNS, FERRY_TRIPS)
