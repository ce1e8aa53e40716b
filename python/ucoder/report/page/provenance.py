"""Provenance: versions, settings, seeds, layers of the sandbox: what somebody needs to get the same page again."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from ucoder.execution.tally import summarize
from ucoder.report.page.blocks import Block, Section, Source, Table
from ucoder.report.page.sources import Origin

__all__ = ["provenance", "versions"]

_INPUT_CHARS = 16


def provenance(origin: Origin) -> Section:
    """All of it."""
    facts = [("folder", origin.path.resolve().name), *_model(origin), *versions(origin)]
    made = Table("What made it", ("what", "value"), facts, frozenset({0, 1}))
    blocks: list[Block] = [made, *_jails(origin), *_attempts(origin)]
    if origin.config:
        blocks.append(Source("Every setting (config.resolved.toml)", origin.config))
    if origin.kind == "judge":
        blocks.append(
            Source("The job: inputs by content, settings, shard (job.json)", json.dumps(origin.record, indent=2))
        )
    if origin.kind == "eval":
        blocks.append(Source("What stands beside the samples", json.dumps(origin.record, indent=2)))
    if origin.selections is not None:
        blocks.append(Source("Settings of the selection", json.dumps(origin.selections["settings"], indent=2)))
    return Section("provenance", "Provenance", blocks)


def _model(origin: Origin) -> Iterator[tuple[str, str]]:
    """The model that a loop began with, its fingerprint after each round, and the seed of all draws."""
    if origin.kind != "run":
        return
    model = origin.settings.get("model", {})
    for name in ("model", "door", "revision"):
        if name in model:
            yield name, str(model[name])
    if "seed" in origin.settings:
        yield "seed", str(origin.settings["seed"])
    for one in origin.rounds:
        if fingerprint := one.markers.get("training", {}).get("fingerprint"):
            yield f"model after round {one.number + 1} (fingerprint)", str(fingerprint)


def versions(origin: Origin) -> Iterator[tuple[str, str]]:
    """Names and values of what ran."""
    environment = origin.environment
    own = origin.record.get("versions", origin.record) if origin.kind != "run" else {}
    for name in ("ucoder", "python", "platform", "cores", "gpus"):
        value = environment.get(name, own.get(name))
        if value not in (None, []):
            yield name, ", ".join(value) if isinstance(value, list) else str(value)
    packages = environment.get("packages")
    if isinstance(packages, dict):
        yield "packages", ", ".join(f"{name} {version}" for name, version in packages.items())
    if argv := environment.get("argv"):
        yield "command", "ucoder " + " ".join(map(str, argv))
    inputs = origin.record.get("inputs")
    if isinstance(inputs, dict):
        for name, digest in inputs.items():
            yield f"{name} (SHA-256)", f"{str(digest)[:_INPUT_CHARS]}…"


def _jails(origin: Origin) -> Iterator[Block]:
    rows = []
    for one in origin.evidence:
        told = summarize(one.record.identity, one.record.parts.values())
        limits = one.record.identity["settings"].get("limits", {})
        rows.append(
            (
                one.name or "all",
                told["isolation"],
                ", ".join(told["sandbox_layers"]) or "NONE",
                str(told["workers"]),
                ", ".join(f"{name} {value}" for name, value in limits.items()),
            )
        )
    if rows:
        head = ("", "isolation", "layers of the sandbox", "workers", "limits")
        yield Table("How programs were run", head, rows, frozenset({0, 1, 2, 4}))


def _attempts(origin: Origin) -> Iterator[Block]:
    attempts = origin.record.get("attempts") if origin.kind == "run" else None
    if attempts:
        yield Table(
            "Attempts",
            ("", "ucoder", "began", "ended"),
            [
                (str(number), str(one.get("ucoder", "")), _when(one.get("began")), _when(one.get("ended")))
                for number, one in enumerate(attempts)
            ],
            frozenset({0, 1, 2, 3}),
        )


def _when(seconds: float | None) -> str:
    return "–" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
