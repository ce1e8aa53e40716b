"""Programs in model text: what goes on from the prompt, and whole programs in answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucoder.parsing.program import ProgramText, read_program

WHOLE = "import math\n\n\ndef f(x):\n    return x\n"


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        f"Sure:\n\n```python\n{WHOLE}```\nIt returns x.",
        f"```\n{WHOLE}",
        f"```python\n{WHOLE}\nprint(f(1))\nassert f(1) == 1\n```",
        f"```python\nf(3)\n```\n```python\n{WHOLE}```\n```python\nprint(f(1))\n```",
        f"Here is the code.\n\n{WHOLE}\n\nif __name__ == '__main__':\n    f(1)\n",
        f"{WHOLE}\nThis function returns x: it's simple.",
        f"```python\ndef f(x:\n```\nBetter:\n```python\n{WHOLE}```",
    ],
)
def test_a_text_that_defines_the_entry_point_is_a_whole_program(text: str) -> None:
    program = read_program(text, "f")
    assert program is not None
    assert program.solution is not None
    assert program.solution.strip() == WHOLE.strip()


@pytest.mark.parametrize(
    ("text", "completion"),
    [
        ("    return x\n", "    return x\n"),
        ("    return x\n\n\ndef g():\n    pass\n", "    return x\n\n\n"),
        ("    return x\n# next\n", "    return x\n"),
        ("    return x\nassert f(1) == 1", "    return x\n"),
        ("    y = (\nx\n)\n    return y\nprint(1)", "    y = (\nx\n)\n    return y\n"),
        ('    y = """\nmargin\n"""\n    return y\nprint(1)', '    y = """\nmargin\n"""\n    return y\n'),
        ("    if x:\n\n        return 1\n", "    if x:\n\n        return 1\n"),
        ("    return x\n\n\ndef f(x):\n    return 2\n", "    return x\n\n\n"),
        ("    return x<|endoftext|>more", "    return x"),
        ("```python\n    return x\n```", "    return x\n"),
        ("return x\n", "return x\n"),
    ],
)
def test_another_text_goes_on_from_the_prompt_up_to_the_margin(text: str, completion: str) -> None:
    assert read_program(text, "f") == ProgramText(completion=completion)


@pytest.mark.parametrize("text", ["", "\n\n", "<|endoftext|>", "\n# nothing", "   \n\t\n"])
def test_a_text_without_a_program_is_none(text: str) -> None:
    program = read_program(text, "f")
    assert program is None or program == ProgramText(completion="\n# nothing")


def test_a_name_that_only_begins_like_the_entry_point_is_another() -> None:
    assert read_program("    return 1\n\ndef f2(x):\n    pass\n", "f") == ProgramText(completion="    return 1\n\n")
    assert read_program("def f2(x):\n    pass\n", "f") == ProgramText(completion="def f2(x):\n    pass\n")


BODY_LINES = [
    "    x += 1",
    "    if x:",
    "        return x",
    "    # note",
    "",
    "    y = '''",
    "    s = (",
    "    )",
    "    '''",
]


@given(
    st.lists(st.sampled_from(BODY_LINES)), st.sampled_from(["def g():", "print(1)", "# end", "class A:", "assert f(1)"])
)
def test_what_is_indented_stays_whatever_follows(lines: list[str], after: str) -> None:
    """What follows at the margin belongs to a completion only inside a string or bracket."""
    body = "\n".join(["    x = 1", *lines]) + "\n"
    program = read_program(f"{body}{after}\n", "f")
    assert program is not None
    assert program.completion is not None
    assert program.completion.startswith(body)
    assert program.completion in (body, f"{body}{after}\n")
