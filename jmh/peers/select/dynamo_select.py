"""NVIDIA Dynamo's selection service over a fleet whose caches are known to it.

    dynamo_select.py in-process WORKERS TOKENS WARM_UP CALLS   selects one after the other in this process, from Python
    dynamo_select.py serve WORKERS TOKENS                      starts the service over HTTP and prints its port

Every worker holds a part of each of 64 prompts, told by vLLM's events over ZMQ. What `in-process` measures goes to
standard output as one line of JSON. `serve` answers until standard input ends.
"""

import asyncio
import json
import random
import socket
import subprocess
import sys
import time
import urllib.request

import msgpack
import zmq

PROMPTS = 64
BLOCK_SIZE = 64
MODEL = "m"
PATIENCE_S = 60


def prompt(number, tokens):
    chance = random.Random(number)
    return [chance.randrange(100_000) for _ in range(tokens)]


def held_blocks(number, worker, blocks):
    return 1 + random.Random(number * 1_000 + worker).randrange(blocks)


class Caches:
    """The workers' event sockets."""

    def __init__(self, workers, tokens):
        self.tokens = tokens
        self.context = zmq.Context()
        self.sockets = []
        for _ in range(workers):
            events = self.context.socket(zmq.XPUB)
            events.setsockopt(zmq.SNDHWM, 0)
            events.bind_to_random_port("tcp://127.0.0.1")
            self.sockets.append(events)

    def worker(self, number):
        """What the service is told of a worker, from 1."""
        endpoint = self.sockets[number - 1].getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")
        return {
            "worker_id": number,
            "model_name": MODEL,
            "block_size": BLOCK_SIZE,
            "endpoint": f"w{number}:1",
            "kv_events_endpoints": {0: endpoint},
        }

    def fill(self):
        """Sends every worker's events, once the service listens."""
        blocks = self.tokens // BLOCK_SIZE
        for number, events in enumerate(self.sockets, 1):
            if not events.poll(PATIENCE_S * 1_000):
                raise TimeoutError(f"nobody listens to worker {number}")
            events.recv()
            for i in range(PROMPTS):
                held = held_blocks(i, number, blocks)
                hashes = [(i + 1) << 32 | block for block in range(held)]
                tokens = prompt(i, held * BLOCK_SIZE)
                stored = ["BlockStored", hashes, None, tokens, BLOCK_SIZE, None, "GPU", None]
                batch = msgpack.packb([time.time(), [stored], 0])
                events.send_multipart([b"", i.to_bytes(8, "big"), batch])

    def is_held(self, scores):
        """Whether the answer for the last prompt is what every worker holds of it."""
        blocks = self.tokens // BLOCK_SIZE
        found = {score["worker_id"]: score["device_blocks"] for score in scores["workers"]}
        numbers = range(1, len(self.sockets) + 1)
        return found == {n: held_blocks(PROMPTS - 1, n, blocks) for n in numbers}


def request(number, tokens):
    return {"model_name": MODEL, "token_ids": prompt(number, tokens)}


async def in_process(workers, tokens, warm_up, calls):
    from dynamo._core import SelectionService

    caches = Caches(workers, tokens)
    service = SelectionService()
    for number in range(1, workers + 1):
        await service.upsert_worker(caches.worker(number))
    caches.fill()
    deadline = time.monotonic() + PATIENCE_S
    while not caches.is_held(await service.overlap_scores(request(PROMPTS - 1, tokens))):
        if time.monotonic() > deadline:
            raise TimeoutError("the events did not arrive")
        await asyncio.sleep(0.1)
    requests = [request(i, tokens) for i in range(PROMPTS)]
    nanos = []
    for i in range(warm_up + calls):
        start = time.perf_counter_ns()
        await service.select(requests[i % PROMPTS])
        nanos.append(time.perf_counter_ns() - start)
    measured = sorted(nanos[warm_up:])
    service.shutdown()
    print(json.dumps({"calls": calls, "p50_us": quantile(measured, 0.5), "p99_us": quantile(measured, 0.99)}))


def quantile(sorted_nanos, share):
    return sorted_nanos[min(len(sorted_nanos) - 1, int(share * len(sorted_nanos)))] / 1_000


def post(port, path, body):
    call = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(call, timeout=PATIENCE_S) as answer:
        return json.load(answer)


def free_port():
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return any_port.getsockname()[1]


def until_served(path, port, body, accepts):
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            if accepts(post(port, path, body)):
                return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"{path} did not answer as expected")
        time.sleep(0.1)


def serve(workers, tokens):
    caches = Caches(workers, tokens)
    port = free_port()
    start = "import sys; from dynamo._core import run_select_service; run_select_service(sys.argv[1:])"
    service = subprocess.Popen([sys.executable, "-c", start, "--port", str(port)], stdout=sys.stderr)
    try:
        for number in range(1, workers + 1):
            until_served("/workers", port, caches.worker(number), lambda _: True)
        caches.fill()
        until_served("/overlap_scores", port, request(PROMPTS - 1, tokens), caches.is_held)
        print(port, flush=True)
        sys.stdin.read()
    finally:
        service.terminate()
        service.wait()


def main():
    mode, workers, tokens, *counts = sys.argv[1:]
    if mode == "serve":
        serve(int(workers), int(tokens))
    else:
        asyncio.run(in_process(int(workers), int(tokens), *map(int, counts)))


main()
