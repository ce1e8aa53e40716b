"""Problems about dicts and sets."""

from ..problem import Bug, Edit, Problem, right, void, wrong

BOOKS_OUT = Problem(
    name="books_out",
    entry_point="books_out",
    prompt='''from typing import Dict, List, Tuple


def books_out(log: List[Tuple[str, str, str]]) -> Dict[str, str]:
    """The log of a library holds entries (kind, book, reader), oldest first, with kind "lend" or "return".
    Return who holds each book that is out after the last entry. A return counts only when it is made by the
    reader who holds the book; lending a book that is out passes it on to the new reader.

    >>> books_out([('lend', 'Emma', 'Ann'), ('lend', 'Ulysses', 'Bob'), ('return', 'Emma', 'Ann')])
    {'Ulysses': 'Bob'}
    """
''',
    right=(
        """
        holders = {}
        for kind, book, reader in log:
            if kind == 'lend':
                holders[book] = reader
            elif holders.get(book) == reader:
                del holders[book]
        return holders
        """,
        """
        out = {}
        for entry in log:
            if entry[0] == 'lend':
                out[entry[1]] = entry[2]
            elif entry[1] in out and out[entry[1]] == entry[2]:
                out.pop(entry[1])
        return out
        """,
        """
        state = {}
        for kind, book, reader in log:
            if kind == 'lend':
                state[book] = reader
            elif state.get(book) == reader:
                state[book] = None
        return {book: reader for book, reader in state.items() if reader is not None}
        """,
        """
        result = {}
        for title in {book for _, book, _ in log}:
            holder = None
            for kind, book, reader in log:
                if book != title:
                    continue
                if kind == 'lend':
                    holder = reader
                elif reader == holder:
                    holder = None
            if holder is not None:
                result[title] = holder
        return result
        """,
    ),
    bugs=(
        Edit(0, "elif holders.get(book) == reader:", "else:", "KeyError for a book that is not out"),
        Edit(0, "    elif holders.get(book) == reader:\n        del holders[book]",
             "    else:\n        holders.pop(book, None)", "anyone's return counts"),
        Edit(0, "        holders[book] = reader", "        holders.setdefault(book, reader)", "lending on is ignored"),
        Edit(0, "holders[book] = reader", "holders[reader] = book", "readers as keys"),
        Edit(0, "return holders", "return list(holders)", "only the titles"),
        Edit(0, "return holders", "return list(holders.items())", "pairs in place of a dict"),
        Edit(0, "in log:", "in reversed(log):", "newest entry first"),
        Edit(0, "in log:", "in log[:-1]:", "the last entry is left out"),
        Edit(1, "entry[0] == 'lend'", "entry[0] == 'Lend'", "another spelling"),
        Edit(1, "out.pop(entry[1])", "out.clear()", "a return brings all books back"),
        Edit(2, " if reader is not None", "", "returned books stay as None"),
        Edit(2, "state[book] = None", "state[book] = ''", "returned books have an empty reader"),
        Edit(3, "elif reader == holder", "elif reader != holder", "the wrong reader's return counts"),
        Bug("last entry of each book, returns included", "return {book: reader for _, book, reader in log}"),
        Bug("lent and returned sets, order ignored", """
            lent = {(book, reader) for kind, book, reader in log if kind == 'lend'}
            back = {(book, reader) for kind, book, reader in log if kind == 'return'}
            return dict(lent - back)
            """),
    ),
    cases=(
        "[('lend', 'Emma', 'Ann'), ('lend', 'Ulysses', 'Bob'), ('return', 'Emma', 'Ann')]",
        "[]",
        "[('return', 'Emma', 'Ann')]",
        "[('lend', 'Emma', 'Ann'), ('return', 'Emma', 'Bob')]",
        "[('lend', 'Emma', 'Ann'), ('lend', 'Emma', 'Bob')]",
        "[('lend', 'Emma', 'Ann'), ('lend', 'Emma', 'Bob'), ('return', 'Emma', 'Ann')]",
        "[('lend', 'A', 'x'), ('return', 'A', 'x'), ('lend', 'A', 'x')]",
        "[('lend', 'A', 'x'), ('lend', 'B', 'x'), ('lend', 'C', 'y'), ('return', 'B', 'x')]",
        "[('lend', 'A', 'x'), ('lend', 'A', 'y'), ('return', 'A', 'y'), ('return', 'A', 'x')]",
    ),
    probes=(
        "[('lend', 'A', 'x')]", "[('lend', 'A', 'x'), ('return', 'A', 'x')]", "[('lend', 'A', 'x'), ('lend', 'B', 'y')]",
        "[('lend', 'A', 'x'), ('return', 'A', 'y')]", "[('lend', 'A', 'x'), ('lend', 'A', 'y')]",
        "[('return', 'B', 'y')]", "[('lend', 'A', 'x'), ('lend', 'B', 'x'), ('return', 'A', 'x')]",
        "[('lend', 'A', 'x'), ('return', 'A', 'x'), ('return', 'A', 'x')]",
        "[('lend', 'Dune', 'Eve'), ('lend', 'Dune', 'Max'), ('return', 'Dune', 'Eve'), ('lend', 'Jazz', 'Eve')]",
    ),
    tests=(
        *right("assert books_out([]) == {}", "assert 'A' not in books_out([('lend', 'A', 'x'), ('return', 'A', 'x')])",
               "assert books_out([('lend', 'A', 'x')])['A'] == 'x'", "assert not books_out([('return', 'A', 'x')])",
               "assert sorted(books_out([('lend', 'B', 'x'), ('lend', 'A', 'y')])) == ['A', 'B']",
               "assert sorted(books_out([('lend', 'B', 'x'), ('lend', 'A', 'y')]).items()) == [('A', 'y'), ('B', 'x')]"),
        *wrong("assert books_out([('lend', 'A', 'x'), ('return', 'A', 'y')]) == {}",
               "assert books_out([('lend', 'A', 'x'), ('lend', 'A', 'y')]) == {'A': ['x', 'y']}",
               "assert books_out([]) is None"),
        *void("assert books_out([('lend', 'A'"),
    ),
)

RESTOCK = Problem(
    name="restock",
    entry_point="restock",
    prompt='''from typing import Dict


def restock(stock: Dict[str, int], minimum: Dict[str, int]) -> Dict[str, int]:
    """minimum says how many pieces of each item a shop wants at least; stock says how many it has. Items that
    stock does not name are sold out. Return how many pieces of which item must be ordered; items of which
    there are enough are not named.

    >>> restock({'tea': 2, 'salt': 9}, {'tea': 5, 'salt': 4, 'rice': 3})
    {'tea': 3, 'rice': 3}
    """
''',
    right=(
        """
        order = {}
        for item, wanted in minimum.items():
            missing = wanted - stock.get(item, 0)
            if missing > 0:
                order[item] = missing
        return order
        """,
        """
        return {item: n - stock.get(item, 0) for item, n in minimum.items() if n > stock.get(item, 0)}
        """,
        """
        from collections import Counter
        need = Counter(minimum)
        need.subtract({k: v for k, v in stock.items() if k in minimum})
        return {k: v for k, v in need.items() if v > 0}
        """,
        """
        result = {}
        for item in minimum:
            have = stock[item] if item in stock else 0
            if have < minimum[item]:
                result[item] = minimum[item] - have
        return result
        """,
        """
        result = dict(minimum)
        for item, have in stock.items():
            if item in result:
                result[item] -= have
        for item in list(result):
            if result[item] <= 0:
                del result[item]
        return result
        """,
    ),
    bugs=(
        Edit(0, "if missing > 0", "if missing >= 0", "items with just enough are named"),
        Edit(0, "stock.get(item, 0)", "stock[item]", "KeyError for an item sold out"),
        Edit(0, "if missing > 0", "if missing != 0", "surplus as a negative order"),
        Edit(0, "wanted - stock.get(item, 0)", "wanted", "orders the minimum, whatever is there"),
        Edit(0, "return order", "return sum(order.values())", "the total"),
        Edit(0, "return order", "return sorted(order)", "only the names"),
        Edit(0, "    if missing > 0:\n        order[item] = missing", "    order[item] = max(missing, 0)",
             "items with 0 missing are named"),
        Edit(1, "minimum.items() if", "minimum.items() if item in stock and", "items sold out are forgotten"),
        Edit(1, "n - stock.get(item, 0) for", "stock.get(item, 0) - n for", "negative orders"),
        Edit(3, "have < minimum[item]", "have < minimum[item] - 1", "one piece short is let pass"),
        Edit(3, "for item in minimum", "for item in stock", "KeyError for items without a minimum"),
        Edit(4, "for item in list(result):", "for item in result:", "changes a dict while walking over it"),
        Edit(4, "result[item] <= 0", "result[item] < 0", "items with 0 missing stay"),
        Bug("Counter difference with the sides swapped", """
            from collections import Counter
            return dict(Counter(stock) - Counter(minimum))
            """),
        Bug("a list of pairs", "return [(k, v - stock.get(k, 0)) for k, v in minimum.items() if v > stock.get(k, 0)]"),
    ),
    cases=(
        "{'tea': 2, 'salt': 9}, {'tea': 5, 'salt': 4, 'rice': 3}", "{}, {}", "{}, {'a': 1}", "{'a': 1}, {}",
        "{'a': 1}, {'a': 1}", "{'a': 2}, {'a': 1}", "{'a': 0}, {'a': 1}", "{'b': 3}, {'a': 0, 'b': 4}",
        "{'x': 1, 'y': 2, 'z': 3}, {'x': 3, 'y': 2, 'z': 1, 'w': 7}",
    ),
    probes=(
        "{}, {'tea': 2}", "{'tea': 2}, {'tea': 2}", "{'tea': 1}, {'tea': 2}", "{'tea': 3}, {'tea': 2}", "{'tea': 3}, {}",
        "{'a': 1, 'b': 1}, {'a': 2, 'b': 2}", "{'a': 10, 'b': 0}, {'a': 2, 'b': 2}", "{'c': 5}, {'a': 1, 'c': 6}",
        "{'oil': 4, 'ink': 1}, {'oil': 4, 'ink': 3, 'wax': 2}", "{'k': 0}, {'k': 0}",
    ),
    tests=(
        *right("assert restock({}, {}) == {}", "assert restock({'a': 1}, {'a': 3})['a'] == 2",
               "assert sum(restock({}, {'a': 1, 'b': 2}).values()) == 3", "assert not restock({'a': 5}, {'a': 5})",
               "assert 'a' not in restock({'a': 5}, {'a': 1, 'b': 1})",
               "assert set(restock({}, {'a': 1, 'b': 2})) == {'a', 'b'}"),
        *wrong("assert restock({'a': 1}, {'a': 1}) == {'a': 0}", "assert restock({'a': 5}, {'a': 2}) == {'a': -3}",
               "assert restock({}, {'a': 1}) == {}"),
        *void("assert ____ == restock({'a': 1}, {'a': 2})"),
    ),
)

SHARED_BY_TWO = Problem(
    name="shared_by_two",
    entry_point="shared_by_two",
    prompt='''from typing import List, Set


def shared_by_two(groups: List[List[str]]) -> Set[str]:
    """Return the set of the names that stand in at least two of the groups. A name that a group holds twice
    counts once for that group.

    >>> sorted(shared_by_two([['ann', 'bob'], ['bob', 'cy'], ['cy', 'cy', 'dee']]))
    ['bob', 'cy']
    """
''',
    right=(
        """
        seen = set()
        shared = set()
        for group in groups:
            names = set(group)
            shared |= seen & names
            seen |= names
        return shared
        """,
        """
        from collections import Counter
        counts = Counter(name for group in groups for name in set(group))
        return {name for name, count in counts.items() if count >= 2}
        """,
        """
        result = set()
        for i in range(len(groups)):
            for j in range(i + 1, len(groups)):
                result.update(set(groups[i]).intersection(groups[j]))
        return result
        """,
        """
        where = {}
        for number, group in enumerate(groups):
            for name in group:
                where.setdefault(name, set()).add(number)
        return {name for name in where if len(where[name]) > 1}
        """,
        """
        everyone = {name for group in groups for name in group}
        return set(filter(lambda name: sum(name in group for group in groups) > 1, everyone))
        """,
    ),
    bugs=(
        Edit(0, "names = set(group)", "names = set(group) - seen", "nothing is ever shared"),
        Edit(0, "return shared", "return sorted(shared)", "a list in place of a set"),
        Edit(0, "return shared", "return len(shared)", "the number of names"),
        Edit(0, "return shared", "return seen", "all names"),
        Edit(0, "return shared", "return seen - shared", "names in one group only"),
        Edit(0, "shared |= seen & names", "shared = seen & names", "only those shared by the last group"),
        Edit(1, "in set(group))", "in group)", "a name twice in one group counts twice"),
        Edit(1, "count >= 2", "count > 2", "three groups are needed"),
        Edit(1, "count >= 2", "count == 2", "more than two groups do not count"),
        Edit(2, "range(i + 1, len(groups))", "range(i + 1, len(groups) - 1)", "the last group is left out"),
        Edit(2, "range(i + 1, len(groups))", "range(i, len(groups))", "a group shares with itself"),
        Edit(3, "return {name for name in where if", "return {name: len(where[name]) for name in where if", "a dict"),
        Edit(4, "sum(name in group for group in groups) > 1", "all(name in group for group in groups)",
             "names in all groups"),
        Bug("only neighbouring groups", """
            result = set()
            for a, b in zip(groups, groups[1:]):
                result |= set(a) & set(b)
            return result
            """),
        Bug("{} is a dict", """
            seen, shared = set(), {}
            for group in groups:
                shared = set(shared) | (seen & set(group)) if seen & set(group) else shared
                seen |= set(group)
            return shared
            """),
    ),
    cases=("[['ann', 'bob'], ['bob', 'cy'], ['cy', 'cy', 'dee']]", "[]", "[['a']]", "[['a', 'a']]", "[['a'], ['a'], ['a']]",
           "[['a'], ['b'], ['a']]", "[[], ['x'], []]", "[['a', 'b', 'c'], ['c', 'b', 'a']]",
           "[['p', 'q'], ['r'], ['q', 's'], ['s', 'p', 't']]"),
    probes=("[['a'], ['a']]", "[['a'], ['b']]", "[['a', 'b'], ['b']]", "[['a', 'a'], ['b']]", "[[], []]",
            "[['x', 'y'], ['y', 'z'], ['z', 'x']]", "[['k'], ['l'], ['k'], ['k']]", "[['m', 'n', 'm']]",
            "[['one', 'two'], ['two', 'three'], ['three', 'two']]"),
    tests=(
        *right("assert shared_by_two([]) == set()", "assert sorted(shared_by_two([['b', 'a'], ['a', 'b']])) == ['a', 'b']",
               "assert len(shared_by_two([['a'], ['a'], ['b']])) == 1", "assert shared_by_two([['a'], ['a', 'b']]) == {'a'}",
               "assert 'b' in shared_by_two([['b'], ['c'], ['b']])", "assert not shared_by_two([['a', 'a']])",
               "assert isinstance(shared_by_two([]), set)"),
        *wrong("assert shared_by_two([['a', 'a'], ['b']]) == {'a'}", "assert shared_by_two([]) == {}",
               "assert shared_by_two([['a', 'b'], ['b', 'c']]) == ['b']"),
        *void("assert shared_by_two(groups) == {'a', 'b'}"),
    ),
    num_right=15,
)

PROBLEMS = (BOOKS_OUT, RESTOCK, SHARED_BY_TWO)
