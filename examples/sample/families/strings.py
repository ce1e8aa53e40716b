"""Problems about text."""

from ..problem import Bug, Edit, Problem, right, void, wrong

UNFOLD_DITTO = Problem(
    name="unfold_ditto",
    entry_point="unfold_ditto",
    prompt='''from typing import List


def unfold_ditto(lines: List[str]) -> List[str]:
    """In an old ledger a line that holds nothing but a ditto mark (") and perhaps spaces repeats the line
    above it. Return the lines written out. A ditto mark with no line above it becomes an empty line.

    >>> unfold_ditto(['two lamps', '"', 'a chair'])
    ['two lamps', 'two lamps', 'a chair']
    """
''',
    right=(
        """
        result = []
        for line in lines:
            if line.strip() == '"':
                result.append(result[-1] if result else '')
            else:
                result.append(line)
        return result
        """,
        """
        previous = ''
        out = []
        for line in lines:
            if line.strip(' ') != '"':
                previous = line
            out.append(previous)
        return out
        """,
        """
        unfolded = list(lines)
        for i in range(len(unfolded)):
            if unfolded[i].strip() == '"':
                unfolded[i] = unfolded[i - 1] if i > 0 else ''
        return unfolded
        """,
        """
        from itertools import accumulate
        return list(accumulate([''] + lines, lambda above, line: above if line.strip() == '"' else line))[1:]
        """,
        """
        import re
        answer = []
        last = ""
        for text in lines:
            last = last if re.fullmatch(r'\\s*"\\s*', text) else text
            answer += [last]
        return answer
        """,
    ),
    bugs=(
        Edit(0, "line.strip() == '\"'", "line == '\"'", "a mark with spaces around it is not seen"),
        Edit(0, "result[-1] if result else ''", "result[-1]", "IndexError for a mark on top"),
        Edit(0, "result[-1] if result else ''", "result[0] if result else ''", "repeats the first line"),
        Edit(0, "result.append(line)", "result.append(line.strip())", "strips honest lines"),
        Edit(0, "line.strip() == '\"'", "'\"' in line", "any line with a quotation mark counts"),
        Edit(0, "result[-1] if result else ''", "result[-1] if result else '\"'", "a mark on top stays"),
        Edit(0, "if result else ''", "if result else None", "None in place of an empty line"),
        Edit(1, "    out.append(previous)", "        out.append(previous)", "marks are dropped"),
        Edit(2, " if i > 0 else ''", "", "a mark on top takes the last line"),
        Edit(2, "unfolded[i] = unfolded[i - 1] if i > 0 else ''", "unfolded[i] = lines[i - 1] if i > 0 else ''",
             "two marks in a row: the second repeats a mark"),
        Edit(3, ")[1:]", ")", "one line too many"),
        Edit(4, "return answer", "return '\\n'.join(answer)", "one string in place of a list"),
        Bug("changes the list and returns nothing", """
            for i in range(1, len(lines)):
                if lines[i].strip() == '"':
                    lines[i] = lines[i - 1]
            """),
        Bug("begins with the second line", """
            result = [lines[0]] if lines else []
            for i in range(1, len(lines)):
                result.append(result[-1] if lines[i].strip() == '"' else lines[i])
            return result
            """),
    ),
    cases=("""['two lamps', '"', 'a chair']""", "[]", """['"']""", """['a', '"', '"', '"']""", """['"', 'b', '"']""",
           """['  x ', ' " ', 'y']""", """['say "hi"', '"']""", """['', '"', 'z']""", """['""', '"']""",
           """['a', '"', 'b', '  "', 'c']"""),
    probes=("['one']", """['one', '"']""", """['one', ' "']""", """['"', '"']""", """['a', 'b', '"', '"', 'c']""",
            "['x', 'y', 'z']", """['"', 'k']""", """['p', '"', 'q', '"']""", """[' lead', '"']""",
            """['he said "no"', '"', 'end']""", "['', '']", """['m', '" ', 'n']"""),
    tests=(
        *right("""assert unfold_ditto(['a', '"']) == ['a', 'a'], "simple case" """.strip(),
               "assert not unfold_ditto([])", """assert len(unfold_ditto(['a', '"', '"'])) == 3""",
               """assert unfold_ditto(['"'])[0] == ''""", """assert '"' not in unfold_ditto(['q', '"'])"""),
        *wrong("""assert unfold_ditto(['"', 'a']) == ['a', 'a']""", """assert unfold_ditto(['"']) == ['"']""",
               """assert unfold_ditto([' a ', '"']) == ['a', 'a']""",
               """assert unfold_ditto(['x', '"', 'y', '"']) == ['x', 'x', 'y', 'x']"""),
        *void("""assert unfold_ditto(['a', '""", "assert unfold_ditto(lines) == expected"),
    ),
)

MASK_DIGITS = Problem(
    name="mask_digits",
    entry_point="mask_digits",
    prompt='''def mask_digits(text: str, keep: int) -> str:
    """Replace every digit of text by '*', except the last `keep` digits. Other characters stay as they are.
    With fewer than `keep` digits nothing changes.

    >>> mask_digits('12-345 6', 2)
    '**-**5 6'
    """
''',
    right=(
        """
        digits = sum(c.isdigit() for c in text)
        result = ''
        for c in text:
            if c.isdigit():
                result += '*' if digits > keep else c
                digits -= 1
            else:
                result += c
        return result
        """,
        """
        left = keep
        out = []
        for c in reversed(text):
            if c.isdigit():
                if left > 0:
                    left -= 1
                else:
                    c = '*'
            out.append(c)
        return ''.join(reversed(out))
        """,
        """
        positions = [i for i, c in enumerate(text) if c.isdigit()]
        hidden = set(positions[:max(len(positions) - keep, 0)])
        return ''.join('*' if i in hidden else c for i, c in enumerate(text))
        """,
        """
        import re
        hide = max(len(re.findall(r'[0-9]', text)) - keep, 0)
        return re.sub(r'[0-9]', '*', text, count=hide) if hide else text
        """,
        """
        chars = list(text)
        seen = 0
        for i in range(len(chars) - 1, -1, -1):
            if chars[i] in '0123456789':
                seen += 1
                if seen > keep:
                    chars[i] = '*'
        return ''.join(chars)
        """,
    ),
    bugs=(
        Edit(0, "digits > keep", "digits >= keep", "keeps one digit too few"),
        Edit(0, "        digits -= 1\n", "", "the number of digits left is never updated"),
        Edit(0, "    else:\n        result += c\n", "", "drops separators"),
        Edit(0, "'*' if digits > keep else c", "c if digits > keep else '*'", "masks the wrong end"),
        Edit(1, "''.join(reversed(out))", "''.join(out)", "comes out backwards"),
        Edit(1, "reversed(text)", "text[::-1][:-1]", "the first character is lost"),
        Edit(1, "if left > 0:", "if left >= 0:", "keeps one digit too many"),
        Edit(2, "max(len(positions) - keep, 0)", "-keep", "keep 0 masks nothing"),
        Edit(2, "max(len(positions) - keep, 0)", "len(positions) - keep", "a negative bound cuts from the end"),
        Edit(3, " if hide else text", "", "count=0 replaces all"),
        Edit(3, "[0-9]', '*'", r"\d', '#'", "another mask"),
        Edit(4, "range(len(chars) - 1, -1, -1)", "range(len(chars) - 1, 0, -1)", "the first character is not masked"),
        Edit(4, "chars[i] in '0123456789'", "chars[i] in '123456789'", "0 is no digit"),
        Bug("keeps characters, not digits", "return '*' * (len(text) - keep) + text[len(text) - keep:]"),
        Bug("masks letters as well", """
            cut = len(text) - keep
            return ''.join('*' if i < cut and c.isalnum() else c for i, c in enumerate(text))
            """),
        Bug("separators near the end count as digits", """
            cut = len(text) - keep
            return ''.join('*' if i < cut and c.isdigit() else c for i, c in enumerate(text))
            """),
    ),
    cases=("'12-345 6', 2", "'', 3", "'abc', 1", "'1234', 0", "'1234', 4", "'1234', 9", "'0000', 1", "'a1b2c3', 1",
           "'9', 0", "'12 34 x', 3", "'IBAN 00-11-22', 4", "'12 34', 5"),
    probes=("'1234', 2", "'12-34', 2", "'12-34', 0", "'x', 2", "'', 0", "'007', 1", "'5 apples and 12 pears', 2",
            "'1-1-1', 1", "'42', 2", "'42', 3", "'a9', 0", "'99 bottles', 1", "'tel. 030/555 17', 4"),
    tests=(
        *right("assert mask_digits('12-345 6', 2) == '**-**5 6'", "assert mask_digits('abc', 0) == 'abc', 'no digits'",
               "assert mask_digits('123', 1).count('*') == 2", "assert len(mask_digits('12-34', 1)) == 5",
               "assert mask_digits(mask_digits('1234', 2), 1) == '***4'",
               "assert mask_digits(text='77', keep=1) == '*7'"),
        *wrong("assert mask_digits('12-34', 3) == '*2-34 '", "assert mask_digits('1234', 0) == '1234'",
               "assert mask_digits('a1b2', 1) == '***2'", "assert mask_digits('123', 5) == '***'"),
        *void("mask_digits('12', 1)  # should be '*2'"),
    ),
)

ALTERNATE_LOUD = Problem(
    name="alternate_loud",
    entry_point="alternate_loud",
    prompt='''def alternate_loud(sentence: str) -> str:
    """Write every second word of the sentence in capitals, beginning with the second one. Words that hold a
    digit stay as they are and are not counted. Words are separated by white space; the result has single
    spaces between them.

    >>> alternate_loud('one two 3rd four five')
    'one TWO 3rd four FIVE'
    """
''',
    right=(
        """
        words = []
        count = 0
        for word in sentence.split():
            if not any(c.isdigit() for c in word):
                count += 1
                if count % 2 == 0:
                    word = word.upper()
            words.append(word)
        return ' '.join(words)
        """,
        """
        loud = False
        out = []
        for w in sentence.split():
            if any(ch in '0123456789' for ch in w):
                out.append(w)
                continue
            out.append(w.upper() if loud else w)
            loud = not loud
        return ' '.join(out)
        """,
        """
        import re
        words = sentence.split()
        plain = [i for i, w in enumerate(words) if not re.search(r'[0-9]', w)]
        for i in plain[1::2]:
            words[i] = words[i].upper()
        return ' '.join(words)
        """,
        """
        from itertools import cycle
        styles = cycle([str, str.upper])
        def has_digit(word):
            return bool(set(word) & set('0123456789'))
        return ' '.join(w if has_digit(w) else next(styles)(w) for w in sentence.split())
        """,
    ),
    bugs=(
        Edit(0, "count % 2 == 0", "count % 2 == 1", "begins with the first word"),
        Edit(0, "sentence.split()", "sentence.split(' ')", "runs of spaces make empty words"),
        Edit(0, "' '.join(words)", "''.join(words)", "no spaces"),
        Edit(0, "            word = word.upper()", "            word.upper()", "upper() without using its result"),
        Edit(0, "word = word.upper()", "word = word.capitalize()", "only the first letter"),
        Edit(0, "any(c.isdigit()", "all(c.isdigit()", "only words made of digits are skipped"),
        Edit(0, "    words.append(word)", "        words.append(word)", "words with digits are dropped"),
        Edit(1, "        continue\n", "        loud = not loud\n        continue\n", "words with digits are counted"),
        Edit(1, "' '.join(out)", "' '.join(out).strip() + '.'", "a full stop is added"),
        Edit(2, "plain[1::2]", "plain[::2]", "begins with the first plain word"),
        Edit(2, "plain[1::2]", "plain[1:2]", "only the second word"),
        Edit(2, "return ' '.join(words)", "return words", "a list in place of text"),
        Edit(3, "[str, str.upper]", "[str.lower, str.upper]", "the other words are made small"),
        Bug("digits are ignored", """
            return ' '.join(w.upper() if i % 2 else w for i, w in enumerate(sentence.split()))
            """),
        Bug("every second letter", """
            return ''.join(c.upper() if i % 2 else c for i, c in enumerate(sentence))
            """),
        Bug("words with digits become loud too", """
            words = sentence.split()
            for i in range(1, len(words), 2):
                words[i] = words[i].upper()
            return ' '.join(words)
            """),
    ),
    cases=("'one two 3rd four five'", "''", "'hello'", "'a b c d'", "'  spaced   out words '", "'4x4 a b'",
           "'B2 b2 c d'", "'Mixed Case Stays Here'", "'a 1 b 2 c 3 d'", "'x\\ty\\nz w'"),
    probes=("'red green blue'", "'up'", "'  '", "'a b'", "'r2 d2 c3'", "'the 2nd try was good'", "'Ab Cd Ef'",
            "'tab\\tand more'", "'no numbers in this one'", "'x1 y z'", "'q  w  e'", "'go 2 the 4th gate now'"),
    tests=(
        *right("assert alternate_loud('a b') == 'a B'", "assert alternate_loud('') == '', \"empty\"",
               "assert alternate_loud('a b c').split()[1] == 'B'", "assert alternate_loud('  ') == ''",
               "assert alternate_loud('one two').islower() is False",
               "assert alternate_loud('a  b') == alternate_loud('a b')"),
        *wrong("assert alternate_loud('one two three') == 'ONE two THREE'",
               "assert alternate_loud('a 1 b') == 'a 1 b'", "assert alternate_loud('x  y') == 'x  Y'"),
        *void("assert ____ == ____, \"test failed\""),
    ),
    num_wrong=25,
)

PROBLEMS = (UNFOLD_DITTO, MASK_DIGITS, ALTERNATE_LOUD)
