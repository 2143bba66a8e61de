"""Plays one trace through Dynamo's replay and through Warmpath's, and compares them.

    python dynamo_replay.py TRACE        needs the wheel ai-dynamo-runtime; the script `dynamo` beside it fetches it

Both tools model the same engine: Warmpath with `--engine dynamo-mocker`. First both run round robin: where they differ by
more than 5 % in reuse or mean TTFT, the engines differ and the rest says nothing, be KV memory ample or short. Then Warmpath's `kv` runs against
Dynamo's `kv_router` over arrivals, workers and cache sizes. Every run is a process of its own. Warmpath's runs twice:
the bytes must be equal. Dynamo's differs a little from run to run (ties are broken at random) and is run once.

Prints one table and writes target/results/bench-replay-dynamo.json. Exit code 1 when round robin differs by more than
the bar, when bytes differ, or when a tool fails in a cell.
"""

import gzip
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "target" / "results" / "bench-replay-dynamo.json"
WORK = ROOT / "target" / "replay" / "dynamo"

ENGINE_BLOCK = 64
TRACE_BLOCK = 512
ROUND_ROBIN_BAR = 0.05
# Dynamo's quantiles come from a sketch with a relative error of 0.1 %.
EVEN = 0.002
RUN_TIMEOUT_S = 600
GRID_LIMIT_S = 600

WORKERS = (16, 8, 32, 4)
SPEEDUPS = (1, 2, 4, 8)
ALL_BLOCKS = (16384, 8192, 4096)
FULL_GRID = [(w, b, s) for b in ALL_BLOCKS for s in SPEEDUPS for w in WORKERS]
# With small caches, arrivals at which the fleet keeps up: as recorded, and as fast as KV memory allows.
SHORT_MEMORY = [(16, 8192, 1), (8, 8192, 1), (16, 4096, 1), (8, 4096, 1), (8, 4096, 2), (16, 4096, 4)]
SHORT_GRID = [(w, 16384, s) for w in WORKERS for s in SPEEDUPS] + SHORT_MEMORY
# Enough memory; too little of it for some time; and for good.
ROUND_ROBIN_CELLS = [(16, 16384, 1), (4, 4096, 1), (4, 4096, 2), (8, 8192, 8)]

METRICS = (("reuse", "reuse", 1), ("ttft_mean_ms", "mean", -1), ("ttft_p50_ms", "median", -1), ("ttft_p99_ms", "P99", -1))


class RunFailed(Exception):
    """A tool did not end well; the text says which and how."""


def timed(command, **options):
    """Runs a process. Returns its output, wall time and CPU time in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=RUN_TIMEOUT_S, **options
        )
    except subprocess.TimeoutExpired as e:
        raise RunFailed(f"{command[0]}: no end after {RUN_TIMEOUT_S} s") from e
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise RunFailed(f"{command[0]}: exit code {done.returncode} {' '.join(last)}")
    return done.stdout, wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def warmpath(trace, policy, workers, blocks, speedup):
    command = [str(ROOT / "warmpath"), "replay", str(trace), "--engine", "dynamo-mocker", "--policy", policy, "--seed", "1"]
    command += ["--workers", str(workers), "--blocks", str(blocks), "--speedup", str(speedup), "--format", "json"]
    output, wall, cpu = timed(command)
    run = json.loads(output)["policies"][0]
    ttft = run["ttft_ms"]
    figures = {
        "reuse": run["token_hit_rate"],
        "ttft_mean_ms": ttft["mean"],
        "ttft_p50_ms": ttft["p50"],
        "ttft_p99_ms": ttft["p99"],
        "overloaded": run["overloaded"],
        "wall_s": round(wall, 3),
        "cpu_s": round(cpu, 3),
    }
    return output, figures


def dynamo(trace, mode, workers, blocks, speedup):
    """In a process of its own: the runtime may end the process that it is in, or never come back."""
    setting = json.dumps([str(trace), mode, workers, blocks, speedup])
    output, wall, cpu = timed([sys.executable, __file__, "--one", setting], env={**os.environ, "DYN_LOG": "error"})
    try:
        summary = json.loads(output.splitlines()[-1])
        return {
            # As ours: not what a preempted request finds of itself.
            "reuse": summary["first_admission_prefix_cache_reused_ratio"],
            "ttft_mean_ms": summary["mean_ttft_ms"],
            "ttft_p50_ms": summary["median_ttft_ms"],
            "ttft_p99_ms": summary["p99_ttft_ms"],
            "wall_s": round(wall, 3),
            "cpu_s": round(cpu, 3),
        }
    except (IndexError, KeyError, ValueError) as e:
        raise RunFailed(f"Dynamo's replay: its report cannot be read: {e!r}") from e


def dynamo_in_this_process(trace, mode, workers, blocks, speedup):
    import dynamo._core as core

    engine = core._normalize_mocker_config({"engine": {"num_gpu_blocks": blocks, "block_size": ENGINE_BLOCK}})
    result = core.run_mocker_trace_replay(
        [trace],
        extra_engine_args=engine,
        num_workers=workers,
        router_mode=mode,
        arrival_speedup_ratio=float(speedup),
        trace_format="mooncake",
        trace_block_size=TRACE_BLOCK,
    )
    print(json.dumps(result.summary, default=str))


def plain(trace):
    """The trace as Dynamo's replay reads it: not packed."""
    if trace.suffix != ".gz":
        return trace
    unpacked = WORK / trace.stem
    with gzip.open(trace) as packed, open(unpacked, "wb") as file:
        shutil.copyfileobj(packed, file)
    return unpacked


def relative(ours, theirs):
    return ours / theirs - 1 if theirs else float(ours != theirs)


def round_robin(trace, unpacked, workers, blocks, speedup):
    _, ours = warmpath(trace, "round_robin", workers, blocks, speedup)
    theirs = dynamo(unpacked, "round_robin", workers, blocks, speedup)
    row = {"workers": workers, "blocks": blocks, "speedup": speedup, "warmpath": ours, "dynamo": theirs}
    row["reuse_difference"] = relative(ours["reuse"], theirs["reuse"])
    row["ttft_mean_difference"] = relative(ours["ttft_mean_ms"], theirs["ttft_mean_ms"])
    row["agree"] = max(abs(row["reuse_difference"]), abs(row["ttft_mean_difference"])) <= ROUND_ROBIN_BAR
    return row


def verdict(ours, theirs):
    """For each metric: ahead, even, or behind."""
    words = {}
    for key, name, better in METRICS:
        gain = better * relative(ours[key], theirs[key])
        words[name] = "even" if abs(gain) <= EVEN else "ahead" if gain > 0 else "behind"
    return words


def cell(trace, unpacked, workers, blocks, speedup):
    output, ours = warmpath(trace, "kv", workers, blocks, speedup)
    again, second = warmpath(trace, "kv", workers, blocks, speedup)
    theirs = dynamo(unpacked, "kv_router", workers, blocks, speedup)
    # The faster of two: the other may have found the machine busy.
    ours["wall_s"] = min(ours["wall_s"], second["wall_s"])
    ours["cpu_s"] = min(ours["cpu_s"], second["cpu_s"])
    return {
        "workers": workers,
        "blocks": blocks,
        "speedup": speedup,
        "warmpath": ours,
        "dynamo": theirs,
        "kv_is": verdict(ours, theirs),
        "same_bytes": output == again,
        "load_average": load_average(),
    }


def load_average():
    return " ".join(f"{load:.1f}" for load in os.getloadavg())


def say(text):
    print(text, file=sys.stderr, flush=True)


HEAD = "workers  blocks arrivals |    reuse, %   |   mean TTFT, ms |      median, ms |          P99, ms |     wall, s |      CPU, s | kv is"


def line(row):
    ours, theirs = row["warmpath"], row["dynamo"]
    not_ahead = [f"{word} in {name}" for name, word in row["kv_is"].items() if word != "ahead"]
    words = ", ".join(not_ahead) or "ahead in all"
    if ours["overloaded"]:
        words += "; overloaded"
    if not row["same_bytes"]:
        words += "; BYTES DIFFER"
    pairs = " | ".join(
        f"{ours[key] * scale:{width}.{digits}f} {theirs[key] * scale:{width}.{digits}f}"
        for key, scale, width, digits in (
            ("reuse", 100, 6, 2),
            ("ttft_mean_ms", 1, 7, 1),
            ("ttft_p50_ms", 1, 7, 1),
            ("ttft_p99_ms", 1, 8, 1),
            ("wall_s", 1, 5, 1),
            ("cpu_s", 1, 5, 1),
        )
    )
    return f"{row['workers']:7d} {row['blocks']:7d} {'x' + str(row['speedup']):>8} | {pairs} | {words}"


def save(report):
    """After each cell, so that what was played is there if the rest is stopped."""
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")


def play(trace, unpacked, grid, limit_s, report):
    started = time.monotonic()
    for workers, blocks, speedup in grid:
        name = f"{workers} workers, {blocks} blocks, x{speedup}"
        if time.monotonic() - started > limit_s:
            report["left_out"].append(name)
        else:
            try:
                row = cell(trace, unpacked, workers, blocks, speedup)
                report["cells"].append(row)
                say(line(row))
            except RunFailed as e:
                report["failed"].append(f"{name}: {e}")
                say(report["failed"][-1])
        save(report)


def describe(both):
    ours, theirs = both["warmpath"], both["dynamo"]
    return (
        f"round robin, {both['workers']} workers of {both['blocks']} blocks, x{both['speedup']}: reuse {ours['reuse']:.2%} and {theirs['reuse']:.2%} ({both['reuse_difference']:+.1%}), "
        f"mean TTFT {ours['ttft_mean_ms']:.1f} and {theirs['ttft_mean_ms']:.1f} ms ({both['ttft_mean_difference']:+.1%}); "
        f"P99 {ours['ttft_p99_ms']:.1f} and {theirs['ttft_p99_ms']:.1f} ms; "
        f"the bar is {ROUND_ROBIN_BAR:.0%}: {'met' if both['agree'] else 'MISSED, the engines differ'}"
    )


def main(trace):
    full = os.environ.get("DYNAMO_GRID") == "full"
    grid, limit_s = (FULL_GRID, float("inf")) if full else (SHORT_GRID, GRID_LIMIT_S)
    WORK.mkdir(parents=True, exist_ok=True)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    unpacked = plain(trace)
    say(f"\n{trace.name}: Warmpath's replay and Dynamo's, left and right; load average {load_average()}")
    both = []
    try:
        for workers, blocks, speedup in ROUND_ROBIN_CELLS:
            both.append(round_robin(trace, unpacked, workers, blocks, speedup))
            say(describe(both[-1]))
    except RunFailed as e:
        say(f"round robin: {e}")
        return 1
    say(f"{len(grid)} cells" + ("" if full else f", none started after {limit_s / 60:.0f} minutes; DYNAMO_GRID=full plays {len(FULL_GRID)}"))
    say(HEAD)
    report = {"trace": trace.name, "round_robin": both, "cells": [], "failed": [], "left_out": []}
    play(trace, unpacked, grid, limit_s, report)
    if report["left_out"]:
        say(f"{len(report['left_out'])} cells left out for lack of time, the first: {report['left_out'][0]}")
    say(f"written to {RESULTS.relative_to(ROOT)}")
    same_bytes = all(row["same_bytes"] for row in report["cells"])
    agree = all(row["agree"] for row in both)
    return 0 if agree and same_bytes and not report["failed"] else 1


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--one":
        dynamo_in_this_process(*json.loads(sys.argv[2]))
    elif len(sys.argv) == 2 and os.access(sys.argv[1], os.R_OK):
        sys.exit(main(pathlib.Path(sys.argv[1])))
    else:
        sys.exit(f"usage: {sys.argv[0]} TRACE (a file that can be read)")
