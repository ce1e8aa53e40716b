"""`contaminate` is a program of its own and a module of these tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
