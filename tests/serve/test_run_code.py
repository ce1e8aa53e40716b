"""POST /run_code: SandboxFusion's format, each field as far as it is known."""

from typing import Any

import pytest

# Ends as the program around it would, with words of its own.
FORGERY = "import os, sys\nmark = sys._getframe(1).f_locals['mark']\nos.write(1, (mark + %r).encode())\nos._exit(0)"


def test_a_program_gets_its_input_and_gives_its_streams_and_exit_code(service: Any) -> None:
    response = service.run("import sys\nprint(input())\nprint('aside', file=sys.stderr)", stdin="hi\n")
    result = response["run_result"]
    assert result.pop("execution_time") > 0
    assert result == {"status": "Finished", "return_code": 0, "stdout": "hi\n", "stderr": "aside\n"}
    assert {key: response[key] for key in ("status", "message", "compile_result", "files", "outcome")} == {
        "status": "Success",
        "message": "",
        "compile_result": None,
        "files": {},
        "outcome": "ENDED",
    }


@pytest.mark.parametrize(
    ("code", "return_code", "stdout", "words"),
    [
        ("import sys\nprint(1)\nsys.exit(3)", 3, "1\n", ""),
        ("import sys\nsys.exit('no')", 1, "", "no\n"),
        ("raise SystemExit", 0, "", ""),
        ("import sys\nsys.exit(True)", 1, "", ""),
        ("print(1)\ndef f():\n    1 / 0\nf()", 1, "1\n", 'File "main.py", line 3, in f\n    1 / 0'),
        ("print(1\n", 1, "", "SyntaxError"),
        ("bytearray(1 << 40)", 1, "", "MemoryError"),
        ("import warnings\nwarnings.warn('old')", 0, "", "UserWarning: old"),
        ("import threading\nthreading.Thread(target=lambda: 1 / 0).start()", 0, "", "ZeroDivisionError"),
        ("import sys\nsys.stderr.buffer.write(b'raw')", 0, "", "raw"),
        ("import atexit\natexit.register(print, 'bye')\nprint('hi')", 0, "hi\nbye\n", ""),
        ("print(__name__, sorted(globals())[-1])", 0, "__main__ __spec__\n", ""),
    ],
)
def test_a_program_that_ends_is_reported_as_the_interpreter_would(
    service: Any, code: str, return_code: int, stdout: str, words: str
) -> None:
    response = service.run(code)
    result = response["run_result"]
    assert (result["status"], result["return_code"], result["stdout"]) == ("Finished", return_code, stdout)
    assert words in result["stderr"]
    assert bool(result["stderr"]) == bool(words)
    assert response["status"] == ("Success" if return_code == 0 else "Failed")


@pytest.mark.parametrize(
    ("code", "status", "return_code", "outcome"),
    [
        ("while True: pass", "TimeLimitExceeded", None, "_LIMIT"),
        ("import time; time.sleep(99)", "TimeLimitExceeded", None, "WALL_LIMIT"),
        ("import os; os._exit(4)", "Finished", 4, "EXIT"),
        ("import ctypes; ctypes.string_at(0)", "Finished", -11, "SIGNAL"),
        ("import ctypes; ctypes.CDLL(None).unshare(0x10000000)", "Finished", -31, "FORBIDDEN"),
        ("print('x' * 10**6)", "Finished", -25, "OUTPUT_LIMIT"),
    ],
)
def test_what_a_stopped_program_had_written_is_there_and_what_is_not_known_is_null(
    service: Any, code: str, status: str, return_code: int | None, outcome: str
) -> None:
    response = service.run(f"print('first', flush=True)\n{code}", run_timeout=0.5)
    result = response["run_result"]
    assert response["status"] == "Failed"
    assert response["outcome"].endswith(outcome)
    assert response["message"] == response["outcome"]
    assert (result["status"], result["return_code"], result["stderr"]) == (status, return_code, None)
    assert result["stdout"].startswith("first\n")
    assert len(result["stdout"]) <= 100_000


def test_the_end_of_a_long_standard_error_is_kept(service: Any) -> None:
    stderr = service.run("import sys\nfor i in range(50000): print(i, file=sys.stderr)")["run_result"]["stderr"]
    assert 10_000 < len(stderr) <= 64 * 1024
    assert stderr.endswith("49998\n49999\n")


@pytest.mark.parametrize(
    "code",
    [
        "import sys\nsys.stdout.buffer.write(bytes(range(256)))",
        "print(chr(0xd800).encode('utf-8', 'surrogatepass').decode('utf-8', 'replace'))",
        "import sys\nsys.stderr.write(chr(0xd800))",
        "import sys, os\nfor frame in sys._current_frames().values():\n    os.write(1, b'\\0' * 34)",
        FORGERY % r'[0, "\ud800"]',
        FORGERY % "[[]",
        FORGERY % ("[" * 10**5),
        "import os\nos.close(1)",
        "print('\ud800')",
        "import sys\nsys.stdout = sys.__stdout__ = None",
        "import atexit\natexit._clear()\nprint(1)",
        "import os\nos.lseek(1, 0, 0)",
    ],
)
def test_whatever_a_program_does_to_its_streams_there_is_an_answer(service: Any, code: str) -> None:
    assert service.run(code)["run_result"]["status"] == "Finished"


def test_what_is_not_supported_is_an_error_in_the_formats_own_words(service: Any) -> None:
    for fields in ({"language": "cpp"}, {"files": {"a.txt": "YQ=="}}, {"fetch_files": ["a"]}, {"args": ["-x"]}):
        response = service.run("print(1)", **fields)
        assert response["status"] == "SandboxError"
        assert "not supported" in response["message"]
        assert response["run_result"] is None


def test_memory_is_what_the_request_asks_for(service: Any) -> None:
    code = "print(len(bytearray(300 << 20)))"
    assert service.run(code, memory_limit_MB=100)["run_result"]["return_code"] == 1
    assert service.run(code, memory_limit_MB=-1)["run_result"]["return_code"] == 0


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"code": 1}, "code"),
        ({"code": None}, "code"),
        ({"run_timeout": 1e9}, "run_timeout is at most 60 seconds"),
        ({"run_timeout": -1}, "run_timeout"),
        ({"memory_limit_MB": 10**6}, "memory_limit_MB is at most 4096"),
    ],
)
def test_a_field_that_is_wrong_is_named(service: Any, fields: dict[str, Any], words: str) -> None:
    answer = service.ask("POST", "/run_code", {"code": "", "language": "python", **fields})
    assert answer.status == 422
    assert words in str(answer.json["detail"])


def test_fields_of_other_clients_are_passed_over(service: Any) -> None:
    assert service.run("print(1)", trace_id="7", compile_timeout=3)["status"] == "Success"
