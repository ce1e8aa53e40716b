"""Benchmarks, one a file: from published files to problems, tests and programs that the executor takes."""
