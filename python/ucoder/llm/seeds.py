"""Seeds: which random numbers a sample is drawn with. Every seed is a hash of what it belongs to, never a counter.

"request" seeding gives each sample its own stream, so a sample is the same text in any batch and after any restart.
"engine" seeding gives each engine one stream, which no other run, attempt, replica or restart ever repeats.
"""

import hashlib

__all__ = ["engine_seed", "sample_seed"]


def sample_seed(request_seed: int, index: int) -> int:
    """The seed of sample `index` of a request: 63 bits, which every engine and server takes."""
    return _hashed("sample", request_seed, index) >> 1


def engine_seed(run_seed: int, attempt: int, replica: int, engine: int = 0, start: int = 0) -> int:
    """The seed of one start of one engine: 32 bits, as NumPy's old generator wants it."""
    return _hashed("engine", run_seed, attempt, replica, engine, start) >> 32


def _hashed(purpose: str, *numbers: int) -> int:
    """64 bits of SHA-256 over the purpose and the numbers."""
    text = "/".join([purpose, *map(str, numbers)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
