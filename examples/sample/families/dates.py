"""Problems about times and dates that come as text."""

from ..problem import Bug, Edit, Problem, right, void, wrong

SHIFT_OVERLAP = Problem(
    name="shift_overlap",
    entry_point="shift_overlap",
    prompt='''def shift_overlap(first: str, second: str) -> int:
    """Both shifts are given as 'HH:MM-HH:MM' and end on the day they begin. Return how many minutes they have
    in common.

    >>> shift_overlap('08:00-12:30', '12:00-16:00')
    30
    """
''',
    right=(
        """
        def minutes(clock):
            hours, mins = clock.split(':')
            return int(hours) * 60 + int(mins)

        a, b = [minutes(part) for part in first.split('-')]
        c, d = [minutes(part) for part in second.split('-')]
        return max(0, min(b, d) - max(a, c))
        """,
        """
        def span(shift):
            start, end = shift.split('-')
            return set(range(int(start[:2]) * 60 + int(start[3:]), int(end[:2]) * 60 + int(end[3:])))
        return len(span(first) & span(second))
        """,
        """
        from datetime import datetime
        times = [datetime.strptime(t, '%H:%M') for t in first.split('-') + second.split('-')]
        start = max(times[0], times[2])
        end = min(times[1], times[3])
        if end <= start:
            return 0
        return (end - start).seconds // 60
        """,
        """
        import re
        n = [int(x) for x in re.findall(r'[0-9]+', first + ' ' + second)]
        start1, end1 = n[0] * 60 + n[1], n[2] * 60 + n[3]
        start2, end2 = n[4] * 60 + n[5], n[6] * 60 + n[7]
        if end1 <= start2 or end2 <= start1:
            return 0
        return min(end1, end2) - max(start1, start2)
        """,
    ),
    bugs=(
        Edit(0, "max(0, min(b, d) - max(a, c))", "min(b, d) - max(a, c)", "negative for shifts apart"),
        Edit(0, "max(0, min(b, d) - max(a, c))", "max(0, b - c)", "looks at one order only"),
        Edit(0, "max(0, min(b, d) - max(a, c))", "abs(min(b, d) - max(a, c))", "the gap counts as overlap"),
        Edit(0, "max(0, min(b, d) - max(a, c))", "max(0, min(b, d) - max(a, c)) + 1", "one minute too many"),
        Edit(0, "* 60 +", "* 100 +", "an hour of 100 minutes"),
        Edit(0, "max(0, min(b, d) - max(a, c))", "max(0, min(b, d) - max(a, c)) / 60", "hours"),
        Edit(0, "int(hours) * 60 + int(mins)", "int(hours) * 60", "minutes are dropped"),
        Edit(1, "int(end[3:])))", "int(end[3:]) + 1))", "the last minute is included"),
        Edit(1, "len(span(first) & span(second))", "len(span(first) | span(second))", "union"),
        Edit(2, "if end <= start:\n    return 0\n", "", "a negative difference wraps to a day"),
        Edit(2, ".seconds // 60", ".seconds", "seconds"),
        Edit(2, "start = max(times[0], times[2])", "start = min(times[0], times[2])", "the earlier start"),
        Edit(3, "min(end1, end2) - max(start1, start2)", "end1 - start2", "one order only"),
        Edit(3, "return 0", "return None", "None in place of 0"),
        Bug("compares text", """
            start = max(first.split('-')[0], second.split('-')[0])
            end = min(first.split('-')[1], second.split('-')[1])
            return max(0, int(end[:2]) - int(start[:2])) * 60
            """),
    ),
    cases=("'08:00-12:30', '12:00-16:00'", "'12:00-16:00', '08:00-12:30'", "'08:00-10:00', '10:00-12:00'",
           "'08:00-10:00', '14:00-15:00'", "'06:15-22:45', '09:50-10:05'", "'00:00-23:59', '00:00-23:59'",
           "'09:30-09:30', '09:00-10:00'", "'07:59-08:01', '08:00-08:02'", "'13:00-17:20', '11:00-15:10'"),
    probes=("'08:00-12:00', '10:00-14:00'", "'10:00-14:00', '08:00-12:00'", "'08:00-09:00', '09:00-10:00'",
            "'08:00-18:00', '12:00-13:00'", "'00:00-01:00', '22:00-23:00'", "'05:05-05:50', '05:10-06:00'",
            "'09:00-17:00', '09:00-17:00'", "'23:00-23:30', '22:15-23:15'", "'11:11-12:12', '12:11-13:13'",
            "'06:00-06:01', '06:00-06:01'"),
    tests=(
        *right("assert shift_overlap('08:00-12:30', '12:00-16:00') == 30",
               "assert shift_overlap('01:00-02:00', '03:00-04:00') is not None",
               "assert shift_overlap('10:00-11:00', '08:00-12:00') == shift_overlap('08:00-12:00', '10:00-11:00')",
               "assert not shift_overlap('08:00-09:00', '09:00-10:00'), 'touching shifts'",
               "assert shift_overlap(second='10:00-11:00', first='10:30-11:30') == 30"),
        *wrong("assert shift_overlap('08:00-12:00', '11:00-13:00') == 1",
               "assert shift_overlap('08:00-09:00', '10:00-11:00') == -60",
               "assert shift_overlap('08:15-12:00', '08:00-08:45') == 45"),
        *void("assert shift_overlap('08:00-12:00', '11:0"),
    ),
)

QUARTERS_BETWEEN = Problem(
    name="quarters_between",
    entry_point="quarters_between",
    prompt='''from typing import List


def quarters_between(first: str, last: str) -> List[str]:
    """first and last are months like '2023-11'. Return the quarters that have a month in the period from first
    to last, both included, in order and written like '2023Q4'. Nothing if last lies before first.

    >>> quarters_between('2023-11', '2024-04')
    ['2023Q4', '2024Q1', '2024Q2']
    """
''',
    right=(
        """
        def number(month):
            year, m = month.split('-')
            return int(year) * 4 + (int(m) - 1) // 3

        if last < first:
            return []
        return [f'{q // 4:04d}Q{q % 4 + 1}' for q in range(number(first), number(last) + 1)]
        """,
        """
        year, month = map(int, first.split('-'))
        end = tuple(map(int, last.split('-')))
        result = []
        while (year, month) <= end:
            name = f'{year:04d}Q{(month + 2) // 3}'
            if name not in result:
                result.append(name)
            month += 1
            if month > 12:
                year, month = year + 1, 1
        return result
        """,
        """
        out = []
        y1, m1 = int(first[:4]), int(first[5:])
        y2, m2 = int(last[:4]), int(last[5:])
        for index in range(y1 * 12 + m1 - 1, y2 * 12 + m2):
            quarter = '%04dQ%d' % (index // 12, index % 12 // 3 + 1)
            if not out or out[-1] != quarter:
                out.append(quarter)
        return out
        """,
        """
        import datetime
        day = datetime.date(int(first[:4]), int(first[5:7]), 1)
        stop = datetime.date(int(last[:4]), int(last[5:7]), 1)
        names = {}
        while day <= stop:
            names[day.strftime('%Y').zfill(4) + 'Q' + str((day.month - 1) // 3 + 1)] = True
            day = (day + datetime.timedelta(days=31)).replace(day=1)
        return list(names)
        """,
    ),
    bugs=(
        Edit(0, "number(last) + 1", "number(last)", "the last quarter is left out"),
        Edit(0, "(int(m) - 1) // 3", "int(m) // 3", "quarters begin a month early"),
        Edit(0, "{q % 4 + 1}", "{q % 4}", "quarters counted from 0"),
        Edit(0, "if last < first:\n    return []\n", "", "a period that ends before it begins, in one quarter"),
        Edit(0, "{q // 4:04d}Q{q % 4 + 1}", "Q{q % 4 + 1} {q // 4:04d}", "another spelling"),
        Edit(0, "return []", "return None", "None in place of an empty list"),
        Edit(1, "    if name not in result:\n        result.append(name)", "    result.append(name)", "one for each month"),
        Edit(1, "(year, month) <= end", "(year, month) < end", "the last month is left out"),
        Edit(1, "(month + 2) // 3", "month // 4 + 1", "quarters of four months"),
        Edit(2, "y2 * 12 + m2)", "y2 * 12 + m2 - 1)", "the last month is left out"),
        Edit(2, "index // 12, index % 12", "y1, index % 12", "the year never changes"),
        Edit(3, "return list(names)", "return len(names)", "the number of quarters"),
        Edit(3, "return list(names)", "return sorted(names, reverse=True)", "newest first"),
        Edit(3, "return list(names)", "return ', '.join(names)", "text in place of a list"),
        Bug("only the first and last quarter", """
            def name(month):
                return month[:4] + 'Q' + str((int(month[5:]) + 2) // 3)
            if last < first:
                return []
            return sorted({name(first), name(last)})
            """),
        Bug("steps of three months from the first", """
            y, m = int(first[:4]), int(first[5:])
            out = []
            while f'{y:04d}-{m:02d}' <= last:
                out.append(f'{y:04d}Q{(m - 1) // 3 + 1}')
                m += 3
                if m > 12:
                    y, m = y + 1, m - 12
            return out
            """),
    ),
    hangs=(
        Bug("the year ends in a month that is never reached", """
            year, month = int(first[:4]), int(first[5:])
            quarters = []
            while f'{year:04d}-{month:02d}' != last:
                name = f'{year:04d}Q{(month + 2) // 3}'
                if name not in quarters[-1:]:
                    quarters.append(name)
                month = month % 12 + 1
            name = f'{year:04d}Q{(month + 2) // 3}'
            return quarters if name in quarters else quarters + [name]
            """),
    ),
    cases=("'2023-11', '2024-04'", "'2024-01', '2024-01'", "'2024-03', '2024-04'", "'2024-12', '2025-01'",
           "'2024-05', '2024-03'", "'2024-06', '2024-05'", "'2019-02', '2021-08'", "'2000-09', '2000-10'",
           "'2022-10', '2022-12'"),
    probes=("'2024-01', '2024-03'", "'2024-01', '2024-12'", "'2024-04', '2024-06'", "'2024-02', '2024-01'",
            "'1999-12', '2000-01'", "'2021-07', '2021-10'", "'2020-08', '2020-08'", "'2023-05', '2024-02'",
            "'2025-03', '2025-09'", "'2010-01', '2009-12'"),
    tests=(
        *right("assert quarters_between('2024-01', '2024-12') == ['2024Q1', '2024Q2', '2024Q3', '2024Q4']",
               "assert len(quarters_between('2020-01', '2021-12')) == 8",
               "assert quarters_between('2024-02', '2024-01') == [], \"empty period\"",
               "assert quarters_between('2024-09', '2024-10')[-1] == '2024Q4'",
               "assert quarters_between('2024-01', '2024-02') == quarters_between('2024-02', '2024-03')",
               "assert quarters_between('2023-11', '2024-04')[0].startswith('2023')"),
        *wrong("assert quarters_between('2024-03', '2024-05') == ['2024Q1']",
               "assert quarters_between('2024-09', '2024-10') == ['2024Q3', '2024Q3']",
               "assert quarters_between('2023-12', '2024-01') == ['2023Q4', '2024Q0']"),
        *void("assert quarters_between(first, last) == []"),
    ),
)

PROBLEMS = (SHIFT_OVERLAP, QUARTERS_BETWEEN)
