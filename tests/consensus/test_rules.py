"""Each rule on matrices small enough to score by hand."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from ucoder.consensus.ballot import Rows
from ucoder.consensus.choice import Nothing, choose
from ucoder.consensus.rules import RULES
from ucoder.consensus.settings import ConsensusSettings
from ucoder.errors import ConfigError
from ucoder.records import JudgedProblem, Selection

Problem = Callable[..., JudgedProblem]

PLAIN = ConsensusSettings(resamples=0)
LITERAL = ConsensusSettings(resamples=0, uninformative="keep")


def selected(rule: str, judged: JudgedProblem, settings: ConsensusSettings = PLAIN) -> Selection:
    return choose(RULES[rule], Rows.of(judged).unweighted(), settings)


# -------------------------------------------------------------------- the paper's


def test_ucoder_takes_the_largest_cluster_of_equal_values(problem: Problem) -> None:
    chosen = selected("ucoder", problem(["ab", "cd", "cd", "ab", "cd"]))
    assert (chosen.candidate, chosen.cluster_size, chosen.score) == (1, 3, 3.0)
    assert (chosen.runner_up, chosen.runner_up_size, chosen.margin) == (0, 2, 1.0)


def test_ucoder_groups_by_passes_where_it_is_asked_to(problem: Problem) -> None:
    judged = problem(["ab", "xb", "yb", "zb"], "ab")
    assert selected("ucoder", judged).nothing == Nothing.BELOW_TAU
    by_passes = selected("ucoder", judged, replace(PLAIN, signature="pass"))
    assert (by_passes.cluster_size, by_passes.pass_share) == (3, 0.5)


def test_ucoder_leaves_out_candidates_that_run_on_less_than_rho(problem: Problem) -> None:
    judged = problem(["abc.", "abc.", "abc.", "abcd", "abcd"])
    assert selected("ucoder", judged).candidate == 3
    assert selected("ucoder", judged, replace(PLAIN, rho=0.75)).candidate == 0
    assert selected("ucoder", problem(["ab..", "ab.."])).nothing == Nothing.BELOW_RHO


def test_ucoder_needs_a_cluster_of_size_tau(problem: Problem) -> None:
    judged = problem(["ab", "ab", "cd"])
    assert selected("ucoder", judged, replace(PLAIN, tau=3)).nothing == Nothing.BELOW_TAU
    assert selected("ucoder", judged, replace(PLAIN, tau=2)).cluster_size == 2


def test_ucoder_prefers_in_its_cluster_those_that_ran_more_and_then_the_fluent(problem: Problem) -> None:
    settings = replace(PLAIN, signature="pass", rho=0.5)
    judged = problem(["a.", "ab", "ac", "ad"], "ax", logprobs=[-0.1, -0.5, -0.3, -0.4])
    assert selected("ucoder", judged, settings).candidate == 2


def test_ucoder_never_selects_what_returns_one_answer_to_every_input(problem: Problem) -> None:
    judged = problem(["aaa", "aaa", "aaa", "abc", "abc"])
    assert selected("ucoder", judged).candidate == 3
    assert selected("ucoder", judged, LITERAL).candidate == 0
    assert selected("ucoder", problem(["aaa", "aaa"])).nothing == Nothing.UNINFORMATIVE


def test_ucoder_by_passes_never_selects_those_that_pass_nothing(problem: Problem) -> None:
    judged = problem(["xy", "xz", "yx", "ab", "ab"], "ab")
    by_passes = replace(PLAIN, signature="pass")
    assert selected("ucoder", judged, by_passes).candidate == 3
    assert selected("ucoder", judged, replace(by_passes, uninformative="keep")).candidate == 0


def test_output_cluster_is_the_largest_cluster_whatever_it_says(problem: Problem) -> None:
    judged = problem(["abc", "abc", "aaa", "aaa", "aaa", "...", "...", "...", "..."])
    assert selected("output-cluster", judged).candidate == 2
    assert selected("output-cluster", judged, replace(PLAIN, uninformative="drop")).candidate == 0


def test_lowest_perplexity_looks_at_nothing_else(problem: Problem) -> None:
    chosen = selected("lowest-perplexity", problem(["ab", "ab", ".."], "ab", logprobs=[-0.5, None, -0.2]))
    assert chosen.candidate == 2
    assert chosen.perplexity == pytest.approx(math.exp(0.2))
    assert selected("lowest-perplexity", problem(["", ""], logprobs=[-2.0, -1.0])).candidate == 1
    assert selected("lowest-perplexity", problem(["ab", "ab"])).nothing == Nothing.NO_LOGPROB


def test_success_rate_takes_the_most_fluent_of_those_that_run_on_half(problem: Problem) -> None:
    judged = problem(["abcd", "ab..", "a..."], logprobs=[-0.5, -0.3, -0.1])
    assert selected("success-rate", judged).candidate == 1
    assert selected("success-rate", problem(["a...", "...."])).nothing == Nothing.BELOW_RHO


def test_random_draws_among_those_that_ran_and_only_the_seed_decides(problem: Problem) -> None:
    judged = problem(["ab", "..", "cd", "ef", "gh"])
    drawn = {selected("random", judged, replace(PLAIN, seed=seed)).candidate for seed in range(60)}
    assert drawn == {0, 2, 3, 4}
    assert selected("random", judged) == selected("random", judged)


# -------------------------------------------------------------------- the literature's


def test_codet_multiplies_the_root_of_the_size_with_the_tests_passed(problem: Problem) -> None:
    chosen = selected("codet", problem(["abz", "abz", "aby", "abc", "xyz"], "abc"))
    # Three candidates pass two tests: sqrt(3) * 2. One passes three.
    assert chosen.score == pytest.approx(math.sqrt(3) * 2)
    assert chosen.runner_up == 3
    assert chosen.margin == pytest.approx(math.sqrt(3) * 2 - 3)
    assert selected("codet", problem(["ab", "ab"], "xy")).nothing == Nothing.UNINFORMATIVE


def test_soft_vote_finds_the_middle_that_no_cluster_shows(problem: Problem) -> None:
    judged = problem(["abcx", "abyd", "azcd", "abcd", "qqqq", "qqqq"])
    chosen = selected("soft-vote", judged)
    # Of six candidates, a, b, c and d are each returned by four, three others among them the letter of its own.
    assert chosen.candidate == 3
    assert chosen.score == pytest.approx((4 + 3 + 3 + 3) / (6 * 4))
    assert selected("output-cluster", judged).candidate == 4


def test_an_error_agrees_with_nothing(problem: Problem) -> None:
    assert selected("soft-vote", problem(["a..", "b..", "c..", "xyz"])).candidate == 3


def test_srank_counts_agreement_with_clusters_that_pass_tests(problem: Problem) -> None:
    judged = problem(["ab", "ay", "zz", "zz"], "ab")
    chosen = selected("srank", judged)
    # Tests passed are 2, 1, 0, 0. "ab" shares both tests with itself and one with "ay": (2 * 2 + 1 * 1) / 2.
    assert (chosen.candidate, chosen.score) == (0, 2.5)
    assert chosen.runner_up_score == (1 * 2 + 2 * 1) / 2


def test_b4_scores_the_posterior_of_its_paper(problem: Problem) -> None:
    def log_beta(left: float, right: float) -> float:
        return math.lgamma(left) + math.lgamma(right) - math.lgamma(left + right)

    judged = problem(["abc", "abc", "abx", "xyc"], "abc")
    chosen = selected("b4", judged)
    # The cluster of two passes all three tests. The two others pass 2 and 1 of them; there is no wrong test.
    expected = log_beta(3 + 1e3, 1) + log_beta(2 + 1e3, 3) + log_beta(3 + 1, 3 + 1) + log_beta(1, 1e5)
    assert (chosen.candidate, chosen.cluster_size) == (0, 2)
    assert chosen.score == pytest.approx(expected, abs=1e-6)


# -------------------------------------------------------------------- ours


def test_default_multiplies_size_agreement_and_passes(problem: Problem) -> None:
    chosen = selected("default", problem(["abc", "abc", "abx"], "abc"))
    # A = (3 + 3 + 2) / 9, n = 2, P = (3 + 1) / (3 + 2).
    assert chosen.score == pytest.approx(2 * math.log(8 / 9) + 0.5 * math.log(2) + math.log(4 / 5))
    assert chosen.runner_up_score == pytest.approx(2 * math.log(7 / 9) + math.log(3 / 5))


def test_default_does_not_hear_witnesses_that_ignore_their_input(problem: Problem) -> None:
    judged = problem(["aaaa", "aaaa", "aaaa", "aaab", "abcd", "abcd"])
    assert selected("soft-vote", judged).candidate == 0
    assert selected("default", judged).candidate == 4


def test_default_may_overrule_a_large_cluster_that_the_tests_speak_against(problem: Problem) -> None:
    judged = problem(["wxyz", "wxyz", "wxyz", "abcd", "abcd"], "abcd")
    assert selected("output-cluster", judged).candidate == 0
    assert selected("default", judged).candidate == 3


def test_default_is_not_bound_to_tests_that_nobody_passes(problem: Problem) -> None:
    assert selected("default", problem(["ab", "ab", "cd"], "xy")).candidate == 0


# -------------------------------------------------------------------- nothing to choose


@pytest.mark.parametrize("rule", RULES)
def test_without_candidates_nothing_is_chosen(rule: str, problem: Problem) -> None:
    assert selected(rule, problem([])).nothing == Nothing.NO_CANDIDATE


@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if rule.needs_tests])
def test_without_tests_nothing_is_chosen(rule: str, problem: Problem) -> None:
    assert selected(rule, problem(["", ""])).nothing == Nothing.NO_TEST


@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if rule.needs_tests])
def test_where_none_ran_nothing_is_chosen(rule: str, problem: Problem) -> None:
    assert selected(rule, problem(["...", "..."], logprobs=[-1.0, -2.0])).nothing == Nothing.NONE_RAN


def test_a_single_test_says_what_it_can(problem: Problem) -> None:
    assert selected("default", problem(["a", "b", "b"], "b")).candidate == 1
    assert selected("ucoder", problem(["a", "b", "b"])).candidate == 1


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_names_its_source(rule: str) -> None:
    assert RULES[rule].source
    assert RULES[rule].name == rule


@pytest.mark.parametrize(
    "setting", [{"rho": 1.1}, {"tau": 0}, {"signature": "hash"}, {"uninformative": "some"}, {"resamples": -1},
                {"seed": -1}]
)  # fmt: skip
def test_settings_out_of_range_are_refused(setting: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(setting))):
        ConsensusSettings(**setting)  # type: ignore[arg-type]
