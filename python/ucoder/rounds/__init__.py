"""Rounds: the loop, as a reader of the paper knows it (2512.17385). Order and bookkeeping; what is asked for and what
is kept is the stages' business.

    for each round:
        problems    the model writes problems            -> near-duplicates and benchmark problems dropped
        ratings     it rates them                        -> a filter
        skeletons   it writes signature and docstring
        suites      it writes tests
        candidates  it writes many programs, which are executed meanwhile
        consensus   of the programs that agree, one is selected
        lessons     pairs of prompt and selected program
        training    the model learns them; the sampler is asked whether it has the new weights
        evaluation  the new model on problems held out, by consensus and, where there are some, by true tests
        stop where the last rounds were no better

A stage that was finished with the same key is read, not done again. Its key is the digest of everything it depends on:
its settings, the model, the prompts, the records that go into it.
"""

from ucoder.rounds.loop import Loop
from ucoder.rounds.result import ControlFigures, Figures, LoopResult
from ucoder.rounds.round import Round
from ucoder.rounds.staged import LEARNING, STAGES, Report, Tools

__all__ = ["LEARNING", "STAGES", "ControlFigures", "Figures", "Loop", "LoopResult", "Report", "Round", "Tools"]
