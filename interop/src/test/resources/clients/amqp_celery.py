"""Celery's worker and its client: results, countdown, retry, revoke, remote control.

usage: amqp_celery.py PORT before|after    exits with an AssertionError where something is wrong
       amqp_celery.py PORT worker          the worker that the other two start
"""
import os
import subprocess
import sys
import tempfile
import time

from celery import Celery
from celery.exceptions import TaskRevokedError

PORT = int(sys.argv[1])
NOTES = os.path.join(tempfile.gettempdir(), f"polylog-celery-{PORT}")
PATIENCE = 60

app = Celery("shop", broker=f"amqp://guest:guest@127.0.0.1:{PORT}//", backend="rpc://")
app.conf.update(task_acks_late=True, result_expires=600)


@app.task(name="shop.bill")
def bill(amount):
    return amount * 2


@app.task(name="shop.refuse")
def refuse():
    raise ValueError("no such order")


@app.task(name="shop.flaky", bind=True, max_retries=5)
def flaky(self, times):
    if self.request.retries < times:
        raise self.retry(countdown=0.1)
    return self.request.retries


@app.task(name="shop.note")
def note(number):
    with open(NOTES, "a", encoding="ascii") as notes:
        notes.write(f"{number}\n")


def wait_for(what, there):
    deadline = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < deadline, f"waited too long for {what}"
        time.sleep(0.1)


class Worker:
    """A worker process for the time of a block, ended as an operator ends it."""

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, __file__, str(PORT), "worker"])
        wait_for("the worker", lambda: app.control.ping(timeout=1))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(PATIENCE) == 0


def results():
    answers = [bill.delay(n) for n in range(50)]
    assert [answer.get(timeout=PATIENCE) for answer in answers] == [2 * n for n in range(50)]
    refused = refuse.delay()
    refused.get(timeout=PATIENCE, propagate=False)
    assert isinstance(refused.result, ValueError), refused.result
    assert flaky.delay(3).get(timeout=PATIENCE) == 3


def later():
    begun = time.monotonic()
    assert bill.apply_async((21,), countdown=1).get(timeout=PATIENCE) == 42
    assert time.monotonic() - begun >= 1


def revoked():
    late = bill.apply_async((1,), countdown=3)
    late.revoke()
    try:
        late.get(timeout=PATIENCE)
        raise AssertionError("a revoked task was run")
    except TaskRevokedError:
        pass


def control():
    (tasks,) = app.control.inspect(timeout=5).registered().values()
    assert "shop.bill" in tasks, tasks
    (settings,) = app.control.inspect(timeout=5).active_queues().values()
    assert settings[0]["name"] == "celery", settings


def noted():
    try:
        with open(NOTES, encoding="ascii") as notes:
            return sorted(int(line) for line in notes)
    except FileNotFoundError:
        return []


def before():
    with Worker():
        results()
        later()
        revoked()
        control()
    for number in range(20):
        note.apply_async((number,), ignore_result=True)


def after():
    with Worker():
        wait_for("what was sent before the restart", lambda: len(noted()) >= 20)
        assert noted() == list(range(20)), noted()
        results()
    os.remove(NOTES)


phase = sys.argv[2]
if phase == "worker":
    app.worker_main(["worker", "--pool", "solo", "--loglevel", "WARNING"])
else:
    {"before": before, "after": after}[phase]()
    print("ok", phase)
