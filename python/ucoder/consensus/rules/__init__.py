"""Selection rules by name, each with its source."""

from ucoder.consensus.choice import Rule
from ucoder.consensus.rules import literature, paper, recommended

__all__ = ["RULES"]

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        recommended.DEFAULT,
        paper.UCODER,
        paper.RANDOM,
        paper.LOWEST_PERPLEXITY,
        paper.SUCCESS_RATE,
        paper.OUTPUT_CLUSTER,
        literature.CODET,
        literature.SOFT_VOTE,
        literature.SRANK,
        literature.B4,
    )
}
