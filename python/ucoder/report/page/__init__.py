"""The page of `ucoder report`: what a folder holds, as figures, tables and charts on one self-contained HTML page.

    sources     what lies in a folder: a loop, a judged job, an evaluation
    measures    numbers of each judged problem, in one pass over the evidence
    cases       a few problems in full: programs that stand for clusters, values on which they differ
    sections    from these to blocks (tables, bars, charts): pure functions
    render      from blocks to the page; the only module that knows HTML

Everything a model wrote is text to be escaped, wherever it comes from.
"""
