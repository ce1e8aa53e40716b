"""Problems about things that are packed and paid for."""

from ..problem import Bug, Edit, Problem, right, void, wrong

PARCEL_WEIGHT = Problem(
    name="parcel_weight",
    entry_point="parcel_weight",
    prompt='''def parcel_weight(parcel) -> int:
    """A parcel is either a thing, given by its weight (an int), or a box, given as a list of parcels. An empty
    box weighs 1, a filled one 1 more than all that is in it. Return the weight of the parcel.

    >>> parcel_weight([3, [2, []]])
    8
    """
''',
    right=(
        """
        if isinstance(parcel, int):
            return parcel
        return 1 + sum(parcel_weight(inner) for inner in parcel)
        """,
        """
        total = 0
        stack = [parcel]
        while stack:
            item = stack.pop()
            if isinstance(item, list):
                total += 1
                stack.extend(item)
            else:
                total += item
        return total
        """,
        """
        if not isinstance(parcel, list):
            return parcel
        weight = 1
        for inner in parcel:
            weight += parcel_weight(inner)
        return weight
        """,
        """
        text = str(parcel)
        numbers = ''.join(c if c.isdigit() or c == '-' else ' ' for c in text).split()
        return sum(map(int, numbers)) + text.count('[')
        """,
        """
        from collections import deque
        queue = deque([parcel])
        result = 0
        while queue:
            item = queue.popleft()
            result += 1 if type(item) is list else item
            if type(item) is list:
                queue.extend(item)
        return result
        """,
    ),
    bugs=(
        Edit(0, "return 1 + sum", "return sum", "boxes weigh nothing"),
        Edit(0, "return 1 + sum(parcel_weight(inner) for inner in parcel)",
             "return len(parcel) + sum(parcel_weight(inner) for inner in parcel)", "a box weighs its number of parcels"),
        Edit(0, "return parcel\n", "return 1\n", "counts things"),
        Edit(1, "total += 1", "total += 1 if item else 0", "empty boxes weigh nothing"),
        Edit(1, "stack = [parcel]", "stack = list(parcel)", "the outer box is forgotten, a thing raises"),
        Edit(1, "total += item", "total = item", "only the last thing"),
        Edit(2, "weight += parcel_weight(inner)", "weight = parcel_weight(inner)", "only the last parcel in a box"),
        Edit(2, "weight = 1", "weight = 2", "a box weighs 2"),
        Bug("returns inside the loop", """
            if not isinstance(parcel, list):
                return parcel
            weight = 1
            for inner in parcel:
                weight += parcel_weight(inner)
                return weight
            return weight
            """),
        Edit(3, "map(int, numbers)", "map(int, ''.join(numbers))", "adds digits"),
        Edit(3, "+ text.count('[')", "+ text.count('[]')", "only empty boxes weigh something"),
        Edit(4, "result = 0", "result = 1", "one box too many"),
        Edit(4, "    if type(item) is list:\n        queue.extend(item)\n", "", "does not look into boxes"),
        Bug("one level only", """
            if isinstance(parcel, int):
                return parcel
            return 1 + sum(inner if isinstance(inner, int) else len(inner) + 1 for inner in parcel)
            """),
        Bug("sum() of a nested list", "return 1 + sum(parcel)"),
        Bug("depth in place of weight", """
            if isinstance(parcel, int):
                return 0
            return 1 + max([parcel_weight(inner) for inner in parcel], default=0)
            """),
    ),
    cases=("[3, [2, []]]", "7", "[]", "[[]]", "[[[[]]]]", "[1, 2, 3]", "[10, [20, [30]], 5]", "[[], [], [4]]", "0",
           "[[1, [1, [1]]], 1]", "[0, [0]]"),
    probes=("5", "[5]", "[[5]]", "[1, [2]]", "[[], []]", "[[1], [2], [3]]", "[100]", "[4, 4, [4, 4]]", "[[[7]], 7]",
            "[[2, 3], [4, [5]]]", "[12, [], 12]", "[9, [9, [9, [9]]]]"),
    tests=(
        *right("assert parcel_weight([3, [2, []]]) == 8", "assert parcel_weight(0) == 0",
               "assert parcel_weight([[1]]) - parcel_weight([1]) == 1",
               "assert parcel_weight([parcel_weight([1]), 1]) == 4", "assert not parcel_weight(0)",
               "assert (parcel_weight([])) == (1)"),
        *wrong("assert parcel_weight([[], []]) == 2", "assert parcel_weight([1, [2, 3]]) == 6",
               "assert parcel_weight([]) == 0", "assert parcel_weight([5, [5]]) == 11"),
        *void("assert parcel_weight([1, [2, [3"),
    ),
)

BUY_IN_ORDER = Problem(
    name="buy_in_order",
    entry_point="buy_in_order",
    prompt='''from typing import List


def buy_in_order(prices: List[int], budget: int) -> List[int]:
    """Go through the shelf from left to right and buy every item that can still be paid from what is left of
    the budget; skip the others. Return the positions of the items bought.

    >>> buy_in_order([5, 9, 3, 2], 10)
    [0, 2, 3]
    """
''',
    right=(
        """
        bought = []
        for index, price in enumerate(prices):
            if price <= budget:
                budget -= price
                bought.append(index)
        return bought
        """,
        """
        result = []
        spent = 0
        for i in range(len(prices)):
            if spent + prices[i] <= budget:
                spent += prices[i]
                result.append(i)
        return result
        """,
        """
        left = budget
        def affordable(price):
            nonlocal left
            if price > left:
                return False
            left -= price
            return True
        return [i for i, price in enumerate(prices) if affordable(price)]
        """,
        """
        def go(i, left):
            if i == len(prices):
                return []
            if prices[i] <= left:
                return [i] + go(i + 1, left - prices[i])
            return go(i + 1, left)
        return go(0, budget)
        """,
    ),
    bugs=(
        Edit(0, "price <= budget", "price < budget", "the last coin is not spent"),
        Edit(0, "bought.append(index)", "bought.append(price)", "prices in place of positions"),
        Edit(0, "        budget -= price\n", "", "the budget never shrinks"),
        Edit(0, "enumerate(prices)", "enumerate(prices, 1)", "positions counted from 1"),
        Edit(0, "return bought", "return len(bought)", "the number of items"),
        Edit(0, "        bought.append(index)\n", "        bought.append(index)\n    else:\n        break\n",
             "stops at the first item too dear"),
        Edit(0, "enumerate(prices)", "sorted(enumerate(prices), key=lambda pair: pair[1])", "cheapest first"),
        Edit(1, "range(len(prices))", "range(1, len(prices))", "the first item is not looked at"),
        Edit(1, "spent + prices[i] <= budget", "prices[i] <= budget", "what is spent is forgotten"),
        Edit(1, "return result", "return result, budget - spent", "a tuple with the change"),
        Edit(2, "    left -= price\n", "    left = budget - price\n", "only the last price is taken off"),
        Edit(3, "[i] + go(i + 1, left - prices[i])", "go(i + 1, left - prices[i]) + [i]", "last position first"),
        Edit(3, "return go(i + 1, left)", "return []", "stops at the first item too dear"),
        Bug("most items for the money", """
            order = sorted(range(len(prices)), key=lambda i: prices[i])
            chosen = []
            for i in order:
                if prices[i] <= budget:
                    chosen.append(i)
                    budget -= prices[i]
            return sorted(chosen)
            """),
        Bug("everything at most the budget", "return [i for i, p in enumerate(prices) if p <= budget]"),
    ),
    cases=("[5, 9, 3, 2], 10", "[], 5", "[1, 1, 1], 2", "[4], 4", "[4], 3", "[0, 0], 0", "[7, 3, 7, 3], 10",
           "[10, 1, 1, 1], 9", "[6, 5, 4, 3, 2, 1], 12", "[3, 8, 2, 8, 1], 6"),
    probes=("[1, 2, 3], 3", "[3, 2, 1], 3", "[5, 5], 5", "[], 0", "[2, 2, 2], 5", "[9, 1, 9, 1], 2", "[0], 0",
            "[4, 3, 2, 1], 7", "[100, 50, 25], 80", "[8, 8, 8], 7", "[1, 4, 2], 3", "[2, 6, 3, 1], 6"),
    tests=(
        *right("assert buy_in_order([5, 9, 3, 2], 10) == [0, 2, 3]", "assert not buy_in_order([5], 4)",
               "assert len(buy_in_order([1] * 5, 3)) == 3", "assert buy_in_order([2, 1], 1) == [1], 'skips item 0'",
               "assert max(buy_in_order([1, 9, 1], 2)) == 2"),
        *wrong("assert buy_in_order([5, 9, 3, 2], 10) == [5, 3, 2]", "assert buy_in_order([3, 2, 1], 3) == [1, 2]",
               "assert buy_in_order([4, 4], 4) == []"),
        *void("Test that nothing is bought when the budget is zero"),
    ),
    num_right=20,
)

PROBLEMS = (PARCEL_WEIGHT, BUY_IN_ORDER)
