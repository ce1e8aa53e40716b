"""All problems of the sample, a module for each family, and the flaws that any problem can have."""

from ..problem import Problem
from . import classes, dates, grids, lists, mappings, measures, numbers, parcels, parsing, scripts, strings

PROBLEMS: tuple[Problem, ...] = (
    *numbers.PROBLEMS,
    *measures.PROBLEMS,
    *strings.PROBLEMS,
    *lists.PROBLEMS,
    *parcels.PROBLEMS,
    *mappings.PROBLEMS,
    *dates.PROBLEMS,
    *parsing.PROBLEMS,
    *grids.PROBLEMS,
    *classes.PROBLEMS,
    *scripts.PROBLEMS,
)
