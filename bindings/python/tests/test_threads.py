"""Threads, the GIL, and fork."""

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable

import pytest

import grantrie
from grantrie import Engine, Subject


def grant(number: int) -> dict[str, object]:
    return {
        "upsert_permission": {
            "_namespace": "acme",
            "_user": {"_type": "user", "_id": "ann"},
            "_resourceDesc": {"_irn": f"x:y:{number}"},
            "_actions": ["READ"],
        }
    }


def test_eight_threads_check_while_changes_are_applied(engine: Engine, ann: Subject) -> None:
    wrong: list[object] = []
    begin = threading.Barrier(9)
    names = ["aisvc:agent:7", "aisvc:agent:prod-7"] * 50

    def ask() -> None:
        begin.wait()
        for turn in range(2_000):
            subject = ann if turn % 2 else engine.prepare("acme", user="ann")
            if not subject.is_allowed("READ", "aisvc:agent:7") or subject.is_allowed("READ", "aisvc:agent:prod-7"):
                wrong.append(turn)
            if turn % 20 == 0 and subject.check_many("READ", names) != b"\1\0" * 50:
                wrong.append(turn)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    begin.wait()
    for number in range(300):
        revision = engine.apply(grant(number))
        assert engine.revision >= revision and ann.is_allowed("READ", f"x:y:{number}")
    for thread in threads:
        thread.join()
    assert wrong == []


def others_ran_during(work: Callable[[], object]) -> bool:
    """Whether another thread runs meanwhile. The interpreter itself takes the GIL from nobody here."""
    turns = 0
    stop = threading.Event()

    def count() -> None:
        nonlocal turns
        while not stop.is_set():
            turns += 1
            time.sleep(0)

    interval = sys.getswitchinterval()
    thread = threading.Thread(target=count)
    try:
        sys.setswitchinterval(1_000)
        thread.start()
        for _ in range(200):
            before = turns
            work()
            if turns > before:
                return True
        return False
    finally:
        stop.set()
        sys.setswitchinterval(interval)
        thread.join()


def test_the_gil_is_released_around_batches_loads_and_changes(ann: Subject) -> None:
    names = ["aisvc:agent:7"] * 50_000
    world = '{"gates": [' + ", ".join(f'"s{n}"' for n in range(20_000)) + "]}"
    assert others_ran_during(lambda: ann.check_many("READ", names))
    assert others_ran_during(lambda: Engine().load(world))
    assert others_ran_during(lambda: Engine().apply([grant(n) for n in range(2_000)]))
    assert not others_ran_during(lambda: ann.is_allowed("READ", "aisvc:agent:7")), "the test would not notice"


def test_a_list_may_change_while_its_batch_is_decided(ann: Subject) -> None:
    stop = threading.Event()
    names = [f"aisvc:agent:{n}" for n in range(5_000)]

    def churn() -> None:
        while not stop.is_set():
            names[:] = [f"aisvc:agent:{n}" for n in range(5_000)]
            names.clear()
            time.sleep(0)

    thread = threading.Thread(target=churn)
    thread.start()
    for _ in range(200):
        answers = ann.check_many("READ", names)
        assert answers == bytes([1]) * len(answers)
    stop.set()
    thread.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_after_fork_parent_and_child_go_on(engine: Engine, ann: Subject) -> None:
    stop = threading.Event()
    names = ["aisvc:agent:7"] * 2_000

    def write() -> None:
        number = 0
        while not stop.is_set():
            engine.apply([grant(number + n) for n in range(50)])
            number += 50

    def ask() -> None:
        while not stop.is_set():
            ann.check_many("READ", names)

    threads = [threading.Thread(target=work) for work in (write, write, ask)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(40):
            child = os.fork()
            if child == 0:
                os._exit(in_child(engine, ann))
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            assert ann.is_allowed("READ", "aisvc:agent:7")
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def in_child(engine: Engine, ann: Subject) -> int:
    try:
        threading.Timer(60, lambda: os._exit(3)).start()
        assert ann.is_allowed("READ", "aisvc:agent:7")
        before = engine.revision
        assert engine.apply({"set_gate": {"service": "child", "gated": True}}) == before + 1
        assert engine.prepare("acme", user="ann").check_many("READ", ["aisvc:agent:7"] * 100) == b"\1" * 100
        return 0
    except BaseException:
        traceback.print_exc()
        return 1


def test_many_threads_may_close_at_once() -> None:
    engine = Engine()
    subject = engine.prepare("acme", user="ann")
    threads = [threading.Thread(target=engine.close) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with pytest.raises(grantrie.ClosedError):
        subject.is_allowed("READ", "a:b:c")
