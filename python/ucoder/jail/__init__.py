"""What runs inside the jailed workers, beside the interpreter's own library.

Loaded by path under the name `ucoder_jail`, on any CPython from 3.11, where nothing else of this project exists:
relative imports only, the standard library only, no work at import.
"""
