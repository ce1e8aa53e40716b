"""Readers of model text: one per stage, from any string to a record or to the reason why there is none.

No reader raises, whatever the text, and each takes time linear in its length: regular expressions here never
backtrack over what they have read, a line is looked at a fixed number of times, and Python's own parser only sees text
whose size and nesting were bounded first (see `source`). Nothing that a model wrote is ever executed here.
"""
