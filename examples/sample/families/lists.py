"""Problems about lists."""

from ..problem import Bug, Edit, Problem, right, void, wrong

RAIN_SPELLS = Problem(
    name="rain_spells",
    entry_point="rain_spells",
    prompt='''from typing import List, Tuple


def rain_spells(rain: List[int], least: int) -> List[Tuple[int, int]]:
    """rain[d] is the rain of day d in millimetres. A spell is a longest stretch of days with rain above 0.
    Return (first day, number of days) of every spell of at least `least` days, in order.

    >>> rain_spells([0, 2, 5, 0, 1], 1)
    [(1, 2), (4, 1)]
    """
''',
    right=(
        """
        spells = []
        start = None
        for day, amount in enumerate(rain + [0]):
            if amount > 0:
                if start is None:
                    start = day
            elif start is not None:
                if day - start >= least:
                    spells.append((start, day - start))
                start = None
        return spells
        """,
        """
        result = []
        i = 0
        while i < len(rain):
            j = i
            while j < len(rain) and rain[j] > 0:
                j += 1
            if j > i and j - i >= least:
                result.append((i, j - i))
            i = j + 1
        return result
        """,
        """
        from itertools import groupby
        out = []
        day = 0
        for wet, group in groupby(rain, key=lambda mm: mm > 0):
            length = len(list(group))
            if wet and length >= least:
                out.append((day, length))
            day += length
        return out
        """,
        """
        count = 0
        answer = []
        for i in range(len(rain)):
            if rain[i] > 0:
                count += 1
            last = i == len(rain) - 1 or rain[i + 1] <= 0
            if rain[i] > 0 and last:
                if count >= least:
                    answer.append((i - count + 1, count))
                count = 0
        return answer
        """,
        """
        import re
        text = ''.join('w' if mm > 0 else 'd' for mm in rain)
        return [(m.start(), len(m.group())) for m in re.finditer('w+', text) if len(m.group()) >= least]
        """,
    ),
    bugs=(
        Edit(0, "rain + [0]", "rain", "a spell on the last day is lost"),
        Edit(0, "day - start >= least", "day - start > least", "spells of just `least` days are lost"),
        Edit(0, "(start, day - start)", "(start, day)", "the end in place of the length"),
        Edit(0, "(start, day - start)", "(start, day - start + 1)", "one day too long"),
        Edit(0, "(start, day - start)", "[start, day - start]", "lists in place of tuples"),
        Edit(0, "amount > 0", "amount >= 0", "dry days count as rain"),
        Edit(1, "(i, j - i)", "(i + 1, j - i)", "days counted from 1"),
        Edit(1, "if j > i and j - i >= least", "if j - i >= least", "empty spells for least 0"),
        Edit(2, "    day += length\n", "    day += 1\n", "the day moves on by one a group"),
        Edit(2, "wet and length >= least", "length >= least", "dry spells as well"),
        Edit(2, "return out", "return out[0]", "only the first spell"),
        Edit(3, "        count = 0\n", "", "lengths add up"),
        Edit(3, "i - count + 1", "i - count", "starts a day early"),
        Edit(4, "'w+'", "'w'", "every day is its own spell"),
        Edit(4, "return [(m.start(), len(m.group()))", "return [len(m.group())", "only the lengths"),
        Bug("returns in the middle", """
            spells = []
            start = None
            for day, amount in enumerate(rain):
                if amount > 0 and start is None:
                    start = day
                if amount == 0 and start is not None:
                    spells.append((start, day - start))
                    return spells
            return spells
            """),
    ),
    cases=("[0, 2, 5, 0, 1], 1", "[], 1", "[0, 0], 1", "[3], 1", "[3, 4], 2", "[3, 4, 0, 1], 2", "[1, 0, 1, 0, 1], 2",
           "[0, 0, 7, 7, 7], 3", "[5, 5, 0, 0, 5, 5, 5, 0], 2", "[1, 1, 0, 2], 0", "[0, 0, 3], 0"),
    probes=("[1, 2, 3], 1", "[0, 1, 0], 1", "[1, 0, 2], 1", "[0], 1", "[4, 4, 0, 4], 2", "[], 0", "[1] * 6, 7",
            "[0, 9, 9, 9], 2", "[2, 0, 2, 2], 1", "[8, 8, 8], 3", "[0, 0, 1], 1", "[6, 0, 0, 6, 6], 2"),
    tests=(
        *right("assert rain_spells([0, 2, 5, 0, 1], 1) == [(1, 2), (4, 1)]", "assert rain_spells([0, 0], 1) == []",
               "assert sorted(rain_spells([1, 0, 1], 1)) == [(0, 1), (2, 1)]",
               "assert sum(n for _, n in rain_spells([1, 1, 0, 1], 1)) == 3",
               "assert rain_spells([5, 5], 2)[0][1] == 2"),
        *wrong("assert rain_spells([1, 1, 0, 1], 2) == [(0, 2), (3, 1)]", "assert rain_spells([2, 2], 1) == [(1, 2)]",
               "assert rain_spells([0, 3, 3], 1) == [(1, 3)]"),
        *void("assert ____ == rain_spells([0, 1, 0], 1)"),
    ),
)

SNAKE_DEAL = Problem(
    name="snake_deal",
    entry_point="snake_deal",
    prompt='''from typing import List


def snake_deal(cards: List[str], players: int) -> List[List[str]]:
    """Deal all cards to the players back and forth: first from player 0 to the last one, then from the last
    one back to player 0, and so on, so that the player at a turn gets two cards in a row.
    Return every player's cards in the order dealt.

    >>> snake_deal(['a', 'b', 'c', 'd', 'e'], 2)
    [['a', 'd', 'e'], ['b', 'c']]
    """
''',
    right=(
        """
        hands = [[] for _ in range(players)]
        for i, card in enumerate(cards):
            turn, place = divmod(i, players)
            if turn % 2 == 1:
                place = players - 1 - place
            hands[place].append(card)
        return hands
        """,
        """
        result = [[] for _ in range(players)]
        order = list(range(players)) + list(range(players))[::-1]
        for i in range(len(cards)):
            result[order[i % len(order)]].append(cards[i])
        return result
        """,
        """
        from itertools import cycle
        hands = [[] for _ in range(players)]
        seats = hands + hands[::-1]
        for card, seat in zip(cards, cycle(seats)):
            seat.append(card)
        return hands
        """,
        """
        hands = [[] for _ in range(players)]
        player, step = 0, 1
        for card in cards:
            hands[player].append(card)
            player += step
            if player == players or player < 0:
                step = -step
                player += step
        return hands
        """,
        """
        hands = [[] for i in range(players)]
        rows = [cards[i:i + players] for i in range(0, len(cards), players)]
        for number, row in enumerate(rows):
            targets = range(players) if number % 2 == 0 else range(players - 1, -1, -1)
            for target, card in zip(targets, row):
                hands[target].append(card)
        return hands
        """,
    ),
    bugs=(
        Edit(0, "[[] for _ in range(players)]", "[[]] * players", "all players share one hand"),
        Edit(0, "turn % 2 == 1", "turn % 2 == 0", "begins with the last player"),
        Edit(0, "players - 1 - place", "players - place - 2", "one place too far"),
        Edit(0, "    if turn % 2 == 1:\n        place = players - 1 - place\n", "", "deals round and round"),
        Edit(0, "hands[place].append(card)", "hands[place].insert(0, card)", "newest card first"),
        Edit(1, "list(range(players))[::-1]", "list(range(players))[::-1][1:]", "no second card at the far turn"),
        Edit(1, "list(range(players))[::-1]", "list(range(players))[-2:0:-1]", "no second card at either turn"),
        Edit(1, "range(len(cards))", "range(len(cards) - 1)", "the last card stays in the pack"),
        Edit(2, "return hands", "return seats", "every hand twice"),
        Edit(2, "return hands", "return [hand for hand in hands if hand]", "empty hands are left out"),
        Edit(3, "player == players or player < 0", "player == players - 1 or player == 0", "turns a seat too early"),
        Edit(4, "return hands", "return [''.join(hand) for hand in hands]", "strings in place of lists"),
        Edit(4, "return hands", "return tuple(hands)", "a tuple in place of a list"),
        Edit(4, "number % 2 == 0", "number == 0", "every later row is dealt backwards"),
        Bug("splits the pack in blocks", """
            size = -(-len(cards) // players)
            return [cards[i * size:(i + 1) * size] for i in range(players)]
            """),
        Bug("takes every n-th card", "return [cards[i::players] for i in range(players)]"),
    ),
    cases=("['a', 'b', 'c', 'd', 'e'], 2", "[], 3", "['a'], 3", "['a', 'b', 'c'], 1", "list('abcdefgh'), 3",
           "list('abcdefghij'), 2", "['x', 'y'], 2", "list('abcdefghijklm'), 4", "['k', 'k', 'k', 'k'], 2"),
    probes=("['a', 'b'], 1", "['a', 'b', 'c', 'd'], 2", "list('abcdef'), 3", "list('abcdefg'), 3", "[], 1",
            "['q'], 2", "list('abcdefghi'), 4", "['7', '8', '9'], 3", "list('abcd'), 4", "list('abcdefgh'), 4",
            "list('vwxyz'), 3"),
    tests=(
        *right("assert snake_deal(['a', 'b', 'c', 'd', 'e'], 2) == [['a', 'd', 'e'], ['b', 'c']]",
               "assert sum(len(hand) for hand in snake_deal(['a'] * 7, 3)) == 7",
               "assert snake_deal([], 2) == [[], []], \"no cards\"", "assert snake_deal(['a', 'b'], 3)[2] == []",
               "assert [len(h) for h in snake_deal(list('abcde'), 2)] == [3, 2]"),
        *wrong("assert snake_deal(['a', 'b', 'c', 'd'], 2) == [['a', 'c'], ['b', 'd']]",
               "assert snake_deal([], 2) == []", "assert snake_deal(['a', 'b', 'c'], 2) == [['a', 'c'], ['b']]"),
        *void("assert snake_deal(['a', 'b', 'c'], 2) == [['a'"),
    ),
)

PROBLEMS = (RAIN_SPELLS, SNAKE_DEAL)
