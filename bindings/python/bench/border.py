"""What a check costs from Python: a host of `cargo xtask border`, see crates/border/src/main.rs.

Besides the package's own rows, those of peers that are installed (`pip install cedarpy casbin`), each with the grants of
the asking user alone, since neither finds them among 10,000 at this speed.
"""

import gc
import json
import sys
from collections.abc import Callable
from time import perf_counter_ns

import grantrie_probe

import grantrie
import peers

PIECE, BATCH, TURNS = 512, 256, 5


def write(host: str, row: str, pieces: list[float], allowed: int | None) -> None:
    pieces.sort()
    line = {
        "host": host,
        "row": row,
        "median_ns": pieces[len(pieces) // 2],
        "p99_ns": pieces[len(pieces) * 99 // 100],
    }
    print(json.dumps(line if allowed is None else {**line, "allowed": allowed}), flush=True)


def time_pieces(host: str, row: str, pieces: list[Callable[[], int]], items: int, turns: int = TURNS) -> None:
    """Each piece decides so many items and answers how many are allowed."""
    for piece in pieces:
        piece()
    times: list[float] = []
    gc.disable()
    for _ in range(turns):
        allowed = 0
        for piece in pieces:
            begun = perf_counter_ns()
            allowed += piece()
            times.append((perf_counter_ns() - begun) / items)
    gc.enable()
    write(host, row, times, allowed if row != "empty" else None)


def cut(items: list[tuple[object, ...]], size: int) -> list[list[tuple[object, ...]]]:
    return [items[at : at + size] for at in range(0, len(items) - size + 1, size)]


def main() -> None:
    world, questions = sys.argv[1:3]
    engine = grantrie.Engine()
    engine.load_file(world)
    with open(questions, encoding="utf-8") as file:
        lines = [tuple(line.rstrip("\n").split("\t")) for line in file]
    subjects = {line[:2]: engine.prepare(line[0], user=line[1]) for line in lines}
    asks = [(subjects[line[:2]], line[2], line[3]) for line in lines]
    empty = grantrie_probe.Empty()

    def calls(method: str, on: list[tuple[object, ...]]) -> Callable[[], int]:
        bound = [(getattr(subject, method), action, irn) for subject, action, irn in on]

        def run() -> int:
            allowed = 0
            for call, action, irn in bound:
                if call(action, irn):
                    allowed += 1
            return allowed

        return run

    nothing = [(empty, action, irn) for _, action, irn in asks]
    time_pieces("python", "empty", [calls("is_allowed", piece) for piece in cut(nothing, PIECE)], PIECE)
    time_pieces("python", "prepared", [calls("is_allowed", piece) for piece in cut(asks, PIECE)], PIECE)
    time_pieces("python", "check", [calls("check", piece) for piece in cut(asks, PIECE)], PIECE)

    def batch(piece: list[tuple[object, ...]]) -> Callable[[], int]:
        subject, actions, names = piece[0][0], [ask[1] for ask in piece], [ask[2] for ask in piece]
        return lambda: subject.check_many(actions, names).count(1)

    time_pieces("python", "batch", [batch(piece) for piece in cut(asks, BATCH)], BATCH)

    def named(piece: list[tuple[object, ...]]) -> Callable[[], int]:
        ask = engine.is_allowed
        return lambda: sum(ask(line[0], line[2], line[3], user=line[1]) for line in piece)

    time_pieces("python", "names", [named(piece) for piece in cut(lines, PIECE)], PIECE)
    for name, decide in peers.installed(world):
        some = cut(lines[:512], 64)
        # Fewer items and turns: one of theirs takes as long as hundreds of ours.
        pieces = [lambda piece=piece: sum(decide(line) for line in piece) for piece in some]
        agree(name, engine, decide, lines[:512])
        for piece in pieces:
            piece()
        times = []
        for piece in pieces:
            begun = perf_counter_ns()
            piece()
            times.append((perf_counter_ns() - begun) / 64)
        write(f"{name} (python)", "names", times, None)


def agree(name: str, engine: grantrie.Engine, decide: Callable[[tuple[str, ...]], bool], lines: list[tuple[str, ...]]) -> None:
    """A peer is timed only if it says what the engine says."""
    for line in lines:
        expected = engine.is_allowed(line[0], line[2], line[3], user=line[1])
        if decide(line) != expected:
            raise SystemExit(f"{name} says {not expected} to {line}")


main()
