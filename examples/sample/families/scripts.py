"""Problems that are whole programs: stdin in, stdout out."""

from ..problem import Bug, Edit, Problem

BAR_CHART = Problem(
    name="bar_chart",
    compare="exact",
    prompt='''"""Every line of the input is a label (without spaces), a space and a whole number that is not negative. Print
the lines as a bar chart: the label, padded with spaces to the length of the longest label, a space, a '|', and as
many '#' as the number says. Nothing is printed for an empty input.

Input:          Output:
apple 3         apple |###
fig 0           fig   |
"""
''',
    right=(
        """
        import sys

        rows = [line.split() for line in sys.stdin if line.strip()]
        width = max((len(label) for label, _ in rows), default=0)
        for label, number in rows:
            print(label.ljust(width) + ' |' + '#' * int(number))
        """,
        """
        labels = []
        numbers = []
        while True:
            try:
                line = input()
            except EOFError:
                break
            if not line:
                continue
            label, number = line.split(' ')
            labels.append(label)
            numbers.append(int(number))
        if labels:
            width = len(max(labels, key=len))
            for label, number in zip(labels, numbers):
                print(f"{label:<{width}} |{'#' * number}")
        """,
        """
        import sys

        def main():
            words = sys.stdin.read().split()
            pairs = list(zip(words[::2], map(int, words[1::2])))
            if not pairs:
                return
            width = max(len(w) for w, _ in pairs)
            out = ['%-*s |%s' % (width, w, '#' * n) for w, n in pairs]
            sys.stdout.write('\\n'.join(out) + '\\n')

        if __name__ == '__main__':
            main()
        """,
        """
        import sys
        data = [line.decode().split() for line in sys.stdin.buffer.readlines()]
        longest = 0
        for name, _ in data:
            longest = max(longest, len(name))
        for name, size in data:
            print(name, ' ' * (longest - len(name)), ' |', '#' * int(size), sep='')
        """,
        """
        lines = open(0).read().splitlines()
        table = [tuple(line.rsplit(' ', 1)) for line in lines if line]
        width = max([len(a) for a, b in table] or [0])
        for a, b in table:
            bar = ''
            for _ in range(int(b)):
                bar += '#'
            print(a + ' ' * (width - len(a)) + ' |' + bar)
        """,
    ),
    bugs=(
        Edit(0, "label.ljust(width)", "label", "labels are not padded"),
        Edit(0, "label.ljust(width)", "label.rjust(width)", "padded on the left"),
        Edit(0, "' |'", "'|'", "no space before the bar"),
        Edit(0, "' |'", "' | '", "a space after the bar"),
        Edit(0, "'#'", "'*'", "another sign"),
        Edit(0, ", default=0", "", "max() of an empty input raises"),
        Edit(0, "ljust(width)", "ljust(10)", "a fixed width"),
        Edit(1, "len(max(labels, key=len))", "len(max(labels))", "the last label in the alphabet, not the longest"),
        Edit(1, "'#' * number", "number * '#' or '0'", "writes 0 for an empty bar"),
        Edit(2, "'\\n'.join(out) + '\\n'", "'\\n'.join(out)", "no newline at the end"),
        Edit(2, "'\\n'.join(out)", "'\\n\\n'.join(out)", "blank lines between"),
        Edit(2, "for w, n in pairs]", "for w, n in sorted(pairs)]", "sorted by label"),
        Edit(3, "sep=''", "sep=' '", "spaces between the parts"),
        Edit(4, "print(a +", "print('', a +", "a space in front"),
        Edit(4, "range(int(b))", "range(1, int(b))", "a '#' too few"),
        Bug("one line only", """
            label, number = input().split()
            print(label + ' |' + '#' * int(number))
            """),
        Bug("prints the list", """
            import sys
            print([line.split()[0] + ' |' + '#' * int(line.split()[1]) for line in sys.stdin])
            """),
        Bug("defines main and never calls it", """
            import sys

            def main():
                rows = [line.split() for line in sys.stdin]
                width = max((len(label) for label, _ in rows), default=0)
                for label, number in rows:
                    print(label.ljust(width) + ' |' + '#' * int(number))
            """),
    ),
    cases=("apple 3\nfig 0\n", "", "a 1\n", "x 0\n", "long_label 2\nb 12\nmid 1\n", "b 2\na 1\n", "aa 3\nzz 1\nq 40\n"),
    probes=("one 1\ntwo 2\nthree 3\n", "a 5\n", "k 0\nkk 0\n", "zebra 1\nant 2\n", "p 10\nq 9\n", "m 1\nnn 2\nooo 3\n", "u 2\nu 2\n"),
    num_right=10,
)

WORD_TALLY = Problem(
    name="word_tally",
    compare="whitespace",
    prompt='''"""The input is text up to a line that holds only the word end; what follows it means nothing. Print every word
of the text (words are separated by white space; capitals count as small letters) with the number of times it
comes, one word on a line, most frequent first, and in alphabetical order where the numbers are equal.

Input:          Output:
the cat         the 2
The dog         cat 1
end             dog 1
"""
''',
    right=(
        """
        import sys
        from collections import Counter

        counts = Counter()
        for line in sys.stdin:
            if line.strip() == 'end':
                break
            counts.update(line.lower().split())
        for word, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
            print(word, count)
        """,
        """
        tally = {}
        line = input()
        while line.strip() != 'end':
            for word in line.split():
                word = word.lower()
                tally[word] = tally.get(word, 0) + 1
            line = input()
        words = sorted(tally)
        words.sort(key=lambda w: tally[w], reverse=True)
        for word in words:
            print(f'{word} {tally[word]}')
        """,
        """
        import sys
        words = []
        for line in iter(sys.stdin.readline, ''):
            if line.split() == ['end']:
                break
            words += [w.lower() for w in line.split()]
        ranked = sorted(set(words), key=lambda w: (-words.count(w), w))
        sys.stdout.write('\\n'.join('%s\\t%d' % (w, words.count(w)) for w in ranked))
        """,
        """
        import itertools
        import sys
        lines = sys.stdin.read().split('\\n')
        text = list(itertools.takewhile(lambda l: l.strip() != 'end', lines))
        words = sorted(' '.join(text).lower().split())
        groups = [(len(list(g)), w) for w, g in itertools.groupby(words)]
        for n, w in sorted(groups, key=lambda x: -x[0]):
            print(w, n)
        """,
    ),
    bugs=(
        Edit(0, "line.lower().split()", "line.split()", "capitals count apart"),
        Edit(0, "(-pair[1], pair[0])", "-pair[1]", "equal numbers in order of appearance"),
        Edit(0, "(-pair[1], pair[0])", "(pair[1], pair[0])", "rarest first"),
        Edit(0, "(-pair[1], pair[0])", "pair[0]", "alphabetical only"),
        Edit(0, "    if line.strip() == 'end':\n        break\n", "", "reads past the end"),
        Edit(0, "        break\n", "        continue\n", "goes on after the end line"),
        Edit(0, "if line.strip() == 'end'", "if 'end' in line", "any line with 'end' in it ends the text"),
        Edit(0, "print(word, count)", "print(count, word)", "the number first"),
        Edit(0, "print(word, count)", "print(word + ':', count)", "a colon after the word"),
        Edit(1, "tally.get(word, 0) + 1", "1", "every word once"),
        Edit(1, "words.sort(key=lambda w: tally[w], reverse=True)", "words.sort(key=lambda w: (tally[w], w), reverse=True)",
             "equal numbers in reverse order"),
        Edit(1, "line = input()\nwhile", "line = input() and input()\nwhile", "the first line is lost"),
        Edit(2, "words.count(w)) for w in ranked", "len(w)) for w in ranked", "the length of the word"),
        Edit(3, "print(w, n)", "print(w)", "only the words"),
        Bug("prints a dict", """
            import sys
            from collections import Counter
            print(dict(Counter(sys.stdin.read().lower().split('end')[0].split())))
            """),
        Bug("most frequent word only", """
            import sys
            words = sys.stdin.read().lower().split('\\nend')[0].split()
            if words:
                best = max(sorted(set(words)), key=words.count)
                print(best, words.count(best))
            """),
    ),
    hangs=(
        Bug("reads the same line for ever", """
            tally = {}
            line = input()
            while line.strip() != 'end':
                for word in line.lower().split():
                    tally[word] = tally.get(word, 0) + 1
            for word in sorted(tally, key=lambda w: (-tally[w], w)):
                print(word, tally[word])
            """),
    ),
    cases=("the cat\nThe dog\nend\n", "end\n", "b a\nA c b\nend\nb b b\n", "One\n\ntwo two\n  end  \nx\n", "the end\nof it\nend\n",
           "spend it\nspend\nend\n", "z\ny\nx\nz\nend\n"),
    probes=("a b a\nend\n", "end\nend\n", "Dog dog DOG\ncat\nend\n", "x y\ny z\nend\nz\n", "q\nend\n", "m n\nn m\no\nend\n"),
    num_right=12,
)

LEG_SPEED = Problem(
    name="leg_speed",
    compare="numeric",
    prompt='''"""The first line holds the number n of legs of a trip. Each of the n lines that follow holds the length of a leg in
kilometres and the minutes it took (more than 0). Print the speed of the fastest leg and the speed of the whole trip,
both in kilometres an hour and rounded to two decimals, on one line. Whether 60 is written 60, 60.0 or 60.00 makes no
difference. Both are 0 for a trip without legs.

Input:          Output:
2               60.0 48.0
10 10
6 10
"""
''',
    right=(
        """
        n = int(input())
        fastest = 0.0
        distance = 0.0
        minutes = 0.0
        for _ in range(n):
            d, m = map(float, input().split())
            fastest = max(fastest, d / m * 60)
            distance += d
            minutes += m
        total = distance / minutes * 60 if minutes else 0.0
        print(round(fastest, 2), round(total, 2))
        """,
        """
        import sys
        numbers = [float(x) for x in sys.stdin.read().split()[1:]]
        lengths, times = numbers[::2], numbers[1::2]
        if not lengths:
            print(0, 0)
        else:
            best = max(a / b for a, b in zip(lengths, times)) * 60
            print('%.2f %.2f' % (best, sum(lengths) / sum(times) * 60))
        """,
        """
        import sys
        lines = sys.stdin.buffer.read().decode().splitlines()
        legs = [tuple(map(float, line.split())) for line in lines[1:1 + int(lines[0])]]
        speeds = sorted(60 * km / minutes for km, minutes in legs)
        km = sum(leg[0] for leg in legs)
        hours = sum(leg[1] for leg in legs) / 60
        print(round(speeds[-1], 2) if speeds else 0, end=' ')
        print(f'{km / hours:.2f}' if hours else '0.00')
        """,
        """
        import fractions
        import sys

        def main():
            count = int(sys.stdin.readline())
            legs = [sys.stdin.readline().split() for _ in range(count)]
            legs = [(fractions.Fraction(a), fractions.Fraction(b)) for a, b in legs]
            if not legs:
                return 0, 0
            fastest = max(a * 60 / b for a, b in legs)
            return fastest, sum(a for a, _ in legs) * 60 / sum(b for _, b in legs)

        print(*(float(round(x, 2)) for x in main()))
        """,
    ),
    bugs=(
        Edit(0, "d / m * 60", "d / m", "kilometres a minute"),
        Edit(0, "max(fastest, d / m * 60)", "min(fastest, d / m * 60)", "the slowest leg"),
        Edit(0, " if minutes else 0.0", "", "divides by zero"),
        Edit(0, "print(round(fastest, 2), round(total, 2))", "print(round(total, 2), round(fastest, 2))", "swapped"),
        Edit(0, "print(round(fastest, 2), round(total, 2))", "print(round(fastest), round(total))", "whole numbers"),
        Edit(0, "print(round(fastest, 2), round(total, 2))", "print(fastest, total)", "not rounded"),
        Edit(0, ", round(total, 2))", ")", "only one number"),
        Edit(0, "range(n)", "range(n - 1)", "the last leg is not read"),
        Edit(0, "map(float", "map(int", "reads whole numbers only"),
        Edit(0, "print(round", "print('fastest and total:', round", "with words"),
        Edit(1, "sys.stdin.read().split()[1:]", "sys.stdin.read().split()", "n is taken for a length"),
        Edit(1, "sum(lengths) / sum(times) * 60", "sum(lengths) / len(lengths)", "the mean length"),
        Edit(1, "%.2f %.2f", "%.2f\\n%d", "the second is cut to a whole number"),
        Edit(2, "speeds[-1]", "speeds[0]", "the slowest leg"),
        Edit(2, "/ 60\nprint", "\nprint", "kilometres a minute for the trip"),
        Bug("mean of the speeds", """
            n = int(input())
            speeds = []
            for _ in range(n):
                d, m = map(float, input().split())
                speeds.append(d / m * 60)
            print(round(max(speeds, default=0), 2), round(sum(speeds) / len(speeds) if speeds else 0, 2))
            """),
        Bug("a function whose result is not printed", """
            def solve():
                n = int(input())
                legs = [list(map(float, input().split())) for _ in range(n)]
                return max(a / b * 60 for a, b in legs), sum(a for a, _ in legs) / sum(b for _, b in legs) * 60

            solve()
            """),
    ),
    cases=("2\n10 10\n6 10\n", "0\n", "1\n7.5 9\n", "3\n1 60\n2 60\n3 60\n", "2\n0 5\n100 75.5\n", "3\n5 7\n5 11\n5 13\n"),
    probes=("1\n60 60\n", "2\n1 1\n1 2\n", "2\n30 20\n45 60\n", "0\n\n", "3\n2.5 3\n0.5 1\n4 6\n", "1\n0 10\n", "2\n12 7\n13 9\n"),
    num_right=11,
)

PROBLEMS = (BAR_CHART, WORD_TALLY, LEG_SPEED)
