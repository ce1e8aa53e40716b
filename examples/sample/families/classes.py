"""Problems whose entry is a method of a class."""

from ..problem import Bug, Edit, Problem, right, void, wrong

ZONE_TOLL = Problem(
    name="zone_toll",
    entry_point="Solution().zone_toll",
    prompt='''from typing import List


class Solution:
    def zone_toll(self, zones: List[int]) -> int:
        """A car drives through the zones in this order. Entering zone z costs z the first time and half of it,
        rounded down, every later time; driving on within the same zone costs nothing. Return the toll.

        >>> Solution().zone_toll([3, 3, 5, 3])
        9
        """
''',
    right=(
        """
        seen = set()
        previous = None
        toll = 0
        for zone in zones:
            if zone != previous:
                toll += zone // 2 if zone in seen else zone
                seen.add(zone)
            previous = zone
        return toll
        """,
        """
        entered = [z for i, z in enumerate(zones) if i == 0 or zones[i - 1] != z]
        return sum(z if z not in entered[:i] else z // 2 for i, z in enumerate(entered))
        """,
        """
        from itertools import groupby
        from collections import Counter
        entries = Counter(zone for zone, _ in groupby(zones))
        return sum(zone + (number - 1) * (zone // 2) for zone, number in entries.items())
        """,
        """
        self.paid = {}
        total = 0
        for i in range(len(zones)):
            if i > 0 and zones[i] == zones[i - 1]:
                continue
            total += self.paid.get(zones[i], zones[i])
            self.paid[zones[i]] = zones[i] // 2
        return total
        """,
    ),
    bugs=(
        Edit(0, "zone // 2 if zone in seen else zone", "zone", "no reduction"),
        Edit(0, "zone // 2 if zone in seen else zone", "0 if zone in seen else zone", "later entries are free"),
        Edit(0, "zone // 2 if", "zone / 2 if", "half pennies"),
        Edit(0, "zone // 2 if", "(zone + 1) // 2 if", "rounded up"),
        Edit(0, "    previous = zone\n", "", "staying in a zone costs"),
        Edit(0, "return toll", "return seen", "the zones in place of the toll"),
        Edit(0, "        toll += ", "        toll = ", "only the last entry"),
        Edit(1, "enumerate(zones) if i == 0 or", "enumerate(zones) if", "the first zone is compared with the last"),
        Edit(1, "entered[:i]", "entered[i:]", "looks ahead, not back"),
        Edit(2, "zone, _ in groupby(zones)", "zone in zones", "staying in a zone costs half"),
        Edit(2, "(number - 1)", "number", "the first entry costs half more"),
        Edit(3, "continue", "break", "stops when a zone does not change"),
        Edit(3, "range(len(zones))", "range(1, len(zones))", "the first zone is free"),
        Bug("every zone once", "return sum(set(zones))"),
        Bug("forgets self", """
            total = 0
            for i, zone in enumerate(zones):
                if i == 0 or zones[i - 1] != zone:
                    total += fare(zone)
            return total
            """),
    ),
    cases=("[3, 3, 5, 3]", "[]", "[4]", "[4, 4, 4]", "[1, 2, 1, 2, 1]", "[5, 3, 5, 3]", "[7, 1, 7, 7, 7, 1]", "[0, 9, 0]",
           "[2, 4, 6, 4, 2]"),
    probes=("[1]", "[1, 1]", "[1, 2]", "[2, 1, 2]", "[9, 9, 1, 9]", "[3, 1, 3, 1, 3]", "[10, 20]", "[5, 5, 5, 6, 5]", "[6, 2, 6, 2]",
            "[8, 3, 3, 8]"),
    tests=(
        *right("assert Solution().zone_toll([3, 3, 5, 3]) == 9", "assert Solution().zone_toll([]) == 0",
               "assert Solution().zone_toll([2, 1, 2]) < Solution().zone_toll([2, 1, 3])",
               "assert not Solution().zone_toll([])", "assert Solution().zone_toll(zones=[6]) == 6"),
        *wrong("assert Solution().zone_toll([3, 1, 3]) == 7", "assert Solution().zone_toll([4, 4]) == 8",
               "assert Solution().zone_toll([5, 1, 5]) == 8.5"),
        *void("assert Solution().zone_toll([3, 3,"),
    ),
)

HEAVIER_PAN = Problem(
    name="heavier_pan",
    entry_point="Solution().heavier_pan",
    prompt='''from typing import List


class Solution:
    def heavier_pan(self, moves: List[str]) -> str:
        """A balance has two pans, both empty. The move 'L3' puts 3 grams on the left pan, 'R12' puts 12 grams on
        the right one, and 'X' swaps what lies on the pans. Return 'left', 'right' or 'level' for what the
        balance shows in the end.

        >>> Solution().heavier_pan(['L3', 'R2', 'X'])
        'right'
        """
''',
    right=(
        """
        left = right = 0
        for move in moves:
            if move == 'X':
                left, right = right, left
            elif move[0] == 'L':
                left += int(move[1:])
            else:
                right += int(move[1:])
        if left == right:
            return 'level'
        return 'left' if left > right else 'right'
        """,
        """
        tilt = 0
        for move in moves:
            if move == 'X':
                tilt = -tilt
            else:
                tilt += int(move[1:]) * (1 if move.startswith('L') else -1)
        return ['level', 'left', 'right'][(tilt > 0) - (tilt < 0)]
        """,
        """
        sign, total = 1, 0
        for move in reversed(moves):
            if move == 'X':
                sign = -sign
            elif 'L' in move:
                total += sign * int(move[1:])
            elif 'R' in move:
                total -= sign * int(move[1:])
        if total > 0:
            return 'left'
        elif total < 0:
            return 'right'
        else:
            return 'level'
        """,
        """
        pans = {'L': 0, 'R': 0}
        for m in moves:
            if m[0] == 'X':
                pans = {'L': pans['R'], 'R': pans['L']}
                continue
            pans[m[0]] = pans[m[0]] + int(m[1:])
        difference = pans['L'] - pans['R']
        return 'level' if not difference else 'left' if difference > 0 else 'right'
        """,
    ),
    bugs=(
        Edit(0, "        left, right = right, left", "        left = right\n        right = left", "swaps one way only"),
        Edit(0, "        left, right = right, left", "        pass", "X does nothing"),
        Edit(0, "int(move[1:])", "int(move[1])", "reads one digit"),
        Edit(0, "int(move[1:])", "1", "counts weights"),
        Edit(0, "if left == right:\n    return 'level'\n", "", "never level"),
        Edit(0, "'left' if left > right else 'right'", "'right' if left > right else 'left'", "the lighter pan"),
        Edit(0, "return 'level'", "return 'balanced'", "another word"),
        Edit(0, "return 'level'", "return None", "None in place of 'level'"),
        Edit(0, "'left' if left > right else 'right'", "'Left' if left > right else 'Right'", "capitals"),
        Edit(1, "'level', 'left', 'right'", "'left', 'right', 'level'", "shifted names"),
        Edit(1, "tilt += int(move[1:]) * (1 if", "tilt = int(move[1:]) * (1 if", "only the last weight"),
        Edit(2, "reversed(moves)", "moves", "swaps count for the wrong weights"),
        Edit(3, "pans[m[0]] = pans[m[0]] + int(m[1:])", "pans[m[0]] = int(m[1:])", "a weight replaces the one before"),
        Edit(3, "        continue\n", "        break\n", "stops at the first swap"),
        Bug("compares text", """
            left = max([m[1:] for m in moves if m[0] == 'L'], default='0')
            right = max([m[1:] for m in moves if m[0] == 'R'], default='0')
            return 'level' if left == right else 'left' if left > right else 'right'
            """),
        Bug("returns after the first weight", """
            for move in moves:
                if move[0] == 'L':
                    return 'left'
                if move[0] == 'R':
                    return 'right'
            return 'level'
            """),
    ),
    cases=("['L3', 'R2', 'X']", "[]", "['X']", "['L5', 'R5']", "['L10', 'R9']", "['R4', 'X', 'L1']", "['L2', 'X', 'L3']",
           "['L7', 'X', 'X', 'R8']", "['L1', 'L1', 'L1', 'R2']", "['R100', 'L20', 'X', 'R80']"),
    probes=("['L1']", "['R1']", "['L1', 'R1']", "['L1', 'X']", "['R3', 'L2', 'X', 'X']", "['L12', 'R3']", "['X', 'X']",
            "['L4', 'X', 'R4']", "['L9', 'R10']", "['R6', 'R6', 'L11']"),
    tests=(
        *right("assert Solution().heavier_pan(['L3', 'R2', 'X']) == 'right'", "assert Solution().heavier_pan([]) == 'level'",
               "assert Solution().heavier_pan(['L1']) != Solution().heavier_pan(['R1'])",
               "assert Solution().heavier_pan(['L1', 'R1']) in ('level', 'even')",
               "assert 'left' == Solution().heavier_pan(['L10', 'R9']), \"ten is more than nine\""),
        *wrong("assert Solution().heavier_pan(['L1', 'X']) == 'left'", "assert Solution().heavier_pan([]) == ''",
               "assert Solution().heavier_pan(['L2', 'R2']) == 'right'"),
        *void("assert ____ == Solution().heavier_pan(['L1'])"),
    ),
    num_right=15,
)

PROBLEMS = (ZONE_TOLL, HEAVIER_PAN)
