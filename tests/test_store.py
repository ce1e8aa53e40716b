"""A run's folder: parts are there whole or not at all, another run is refused, one process writes at a time."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import IO

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from ucoder.errors import OtherRunError, RunDirectoryError, RunInUseError, StorageError
from ucoder.store import RunDirectory, RunRecord, differences, publish

IDENTITY = {"verb": "judge", "settings": {"limits": {"cpu_ms": 1000}, "isolation": "candidate"}}
TABLE = pa.table({"a": [1, 2, 3]})


def open_run(path: Path, identity: dict[str, object] | None = None, key: str = "k") -> RunDirectory:
    return RunDirectory.open(path, identity or IDENTITY, {"digest_key": key})


# -------------------------------------------------------------------- parts


def test_a_part_is_finished_when_its_marker_is_there(tmp_path: Path) -> None:
    with open_run(tmp_path / "run") as run:
        assert run.finished_parts() == {}
        run.write_part(3, {"cells": TABLE, "tests": TABLE}, {"n": 1})
        assert run.finished_parts() == {3: {"n": 1}}
        run.finish({"problems": 1})
        assert run.summary == {"problems": 1}
    assert pq.read_table(tmp_path / "run" / "cells").equals(TABLE)
    record = RunRecord.load(tmp_path / "run")
    assert (record.parts, record.summary, record.tables()) == ({3: {"n": 1}}, {"problems": 1}, ["cells", "tests"])


def test_what_was_kept_at_the_start_is_given_back_ever_after(tmp_path: Path) -> None:
    with open_run(tmp_path / "run", key="first"):
        pass
    with open_run(tmp_path / "run", key="second") as run:
        assert run.kept == {"digest_key": "first"}


def test_leftovers_of_a_killed_process_are_removed_and_never_read(tmp_path: Path) -> None:
    with open_run(tmp_path / "run") as run:
        run.write_part(0, {"cells": TABLE}, {})
    leftover = tmp_path / "run" / "cells" / ".part-00001.parquet.tmp"
    leftover.write_bytes(b"half")
    assert pq.read_table(tmp_path / "run" / "cells").num_rows == 3
    with open_run(tmp_path / "run"):
        assert not leftover.exists()


def test_a_copied_part_is_the_same_byte_for_byte(tmp_path: Path) -> None:
    with open_run(tmp_path / "a") as run:
        run.write_part(7, {"cells": TABLE, "tests": TABLE}, {"n": 7})
    with open_run(tmp_path / "b") as run:
        run.copy_part(7, RunRecord.load(tmp_path / "a"))
        assert run.finished_parts() == {7: {"n": 7}}
    for name in ("cells", "tests"):
        file = f"{name}/part-00007.parquet"
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


# -------------------------------------------------------------------- whose folder it is


def test_another_run_is_refused_and_told_what_differs(tmp_path: Path) -> None:
    open_run(tmp_path / "run").close()
    other = {"verb": "judge", "settings": {"limits": {"cpu_ms": 50}, "isolation": "candidate"}, "shard": 2}
    with pytest.raises(OtherRunError) as caught:
        open_run(tmp_path / "run", other)
    assert "settings.limits.cpu_ms is 1000 there and 50 here" in str(caught.value)
    assert "shard is absent there and 2 here" in str(caught.value)
    assert "isolation" not in str(caught.value)


def test_a_folder_with_other_things_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(OtherRunError, match=r"holds 'thesis.tex' and is no run's folder"):
        open_run(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_folder_that_was_killed_before_it_had_a_job_is_started_afresh(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    (tmp_path / ".job.json.tmp").write_text("{")
    with open_run(tmp_path) as run:
        assert run.identity == IDENTITY


def test_a_job_record_that_is_damaged_or_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text("{")
    with pytest.raises(RunDirectoryError, match=r"job\.json cannot be read"):
        open_run(tmp_path)
    (tmp_path / "job.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(OtherRunError, match="another version"):
        open_run(tmp_path)


def test_no_folder_of_a_run_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(OtherRunError, match=r"has no job\.json"):
        RunRecord.load(tmp_path)


def test_two_processes_do_not_write_one_folder(tmp_path: Path) -> None:
    with open_run(tmp_path / "run"), pytest.raises(RunInUseError, match="another process is writing"):
        open_run(tmp_path / "run")
    open_run(tmp_path / "run").close()


def test_differences_name_leaves_only() -> None:
    assert differences(IDENTITY, IDENTITY) == []
    assert differences({"a": {"b": 1}}, {"a": {"b": "x" * 99}}) == ['a.b is 1 there and "xxxxxxxxxxxxxxx..." here']


# -------------------------------------------------------------------- the disk


def test_a_file_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(b"old")

    def fail(stream: IO[bytes]) -> None:
        stream.write(b"half of the n")
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="make room and run the same command again"):
        publish(file, fail)
    assert file.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.json"]


def test_a_file_whose_content_cannot_be_made_leaves_nothing_of_it(tmp_path: Path) -> None:
    def fail(stream: IO[bytes]) -> None:
        stream.write(b"half of the n")
        raise OtherRunError("not this one")

    with pytest.raises(OtherRunError, match="not this one"):
        publish(tmp_path / "x.json", fail)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_stops_the_run_and_keeps_what_is_finished(tmp_path: Path) -> None:
    """A limit on file sizes stands for the full disk: the same failure of the same call."""
    code = """
        import sys, resource, pathlib, os, numpy, pyarrow as pa
        from ucoder.store import RunDirectory
        from ucoder.errors import StorageError
        with RunDirectory.open(pathlib.Path(sys.argv[1]), {}, {}) as run:
            run.write_part(0, {"cells": pa.table({"a": [1]})}, {"n": 0})
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
            try:
                run.write_part(1, {"cells": pa.table({"a": numpy.random.default_rng(0).random(100_000)})}, {"n": 1})
            except StorageError as error:
                print(error)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "run")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "part-00001.parquet could not be written: File too large" in said
    assert RunRecord.load(tmp_path / "run").parts == {0: {"n": 0}}
    assert [file.name for file in (tmp_path / "run" / "cells").iterdir()] == ["part-00000.parquet"]


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        open_run(tmp_path / "file" / "run")


def test_a_process_killed_while_it_writes_leaves_no_half_part(tmp_path: Path) -> None:
    code = """
        import sys, pathlib, os, pyarrow as pa
        from ucoder.store import RunDirectory
        with RunDirectory.open(pathlib.Path(sys.argv[1]), {}, {}) as run:
            for number in range(100_000):
                run.write_part(number, {"cells": pa.table({"a": list(range(1000))})}, {"n": number})
                print(number, flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "run")]
    for _ in range(3):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(5):
                process.stdout.readline()
            os.kill(process.pid, signal.SIGKILL)
        for number in RunRecord.load(tmp_path / "run").parts:
            assert pq.read_table(tmp_path / "run" / "cells" / f"part-{number:05d}.parquet").num_rows == 1000
