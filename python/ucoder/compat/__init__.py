"""Stand-ins for functions of other harnesses: same names, arguments and results, run by ucoder's executor.

Replace the import and nothing else. They are to be called from anywhere, threads included: one executor is kept for
the process, where the originals start a process, or two, for every program.
"""
