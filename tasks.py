"""The Celery application: the schedule as one table, and tasks that call one function each.

Tasks are idempotent and acknowledged late: a worker that is killed gives its task back. Imports of the heavier parts
stay inside the tasks, so that a farm's worker never loads what only reports need.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import logging
import signal
import sys
import threading
import time
from typing import Any

from celery import Celery, Task
from celery.signals import beat_init, worker_process_init, worker_ready
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as CacheError
from redis.exceptions import TimeoutError as CacheTimeoutError
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError

from db.session import transaction
from gateways import cache
from settings import settings

log = logging.getLogger(__name__)

HEARTBEAT_S = 10.0
PR_SET_PDEATHSIG = 1

# name: (task, every so many seconds, queue, worthless after so many seconds)
SCHEDULE: dict[str, tuple[str, float, str, float]] = {
    "sweep": ("farm.sweep_all", float(settings().sweep_period_s), "farm", settings().sweep_period_s * 0.9),
    "rollup": ("farm.rollup", 60.0, "farm", 55.0),
    "commands": ("commands.recover", 15.0, "farm", 14.0),
    "events": ("events.deliver", 10.0, "farm", 9.0),
    "maintain": ("farm.maintain", 3600.0, "farm", 3000.0),
    "jobs": ("jobs.recover", 30.0, "jobs", 29.0),
    "spot": ("market.spot", 60.0, "farm", 50.0),
    "network": ("market.network", 900.0, "farm", 600.0),
    "candles": ("market.candles", 900.0, "jobs", 600.0),
    "epochs": ("market.epochs", 86_400.0, "jobs", 3600.0),
    # Asked often, for little: there is work after the close of a day, and in an evaluation that is a day old.
    "refit": ("forecasts.refit", 600.0, "jobs", 550.0),
    "evaluate": ("forecasts.evaluate", 900.0, "jobs", 850.0),
    "signals": ("signals.announce", 900.0, "jobs", 850.0),
    "sessions": ("accounts.tidy", 3600.0, "jobs", 3000.0),
}
# Also done when the clock starts: a first page cannot wait a quarter of an hour for the network, nor a day for epochs.
AT_START = ("spot", "network", "epochs", "candles")

AWAY = (OperationalError, InterfaceError, CacheError, CacheTimeoutError, BrokerError)
# A line for every task that comes and goes, and every question to a source, would bury what a person looks for.
for _name in ("celery.worker.strategy", "celery.app.trace", "httpx"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Patient(Task):  # type: ignore[misc]
    """A task whose database or broker is away says so once, and once when it is back; its next turn does the work.

    Nothing is lost by that: whatever is scheduled comes again, and orders and jobs are picked up by their `recover`.
    """

    _waiting = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Do it, or leave it to the next turn."""
        try:
            result = super().__call__(*args, **kwargs)
        except AWAY as error:
            if not self._waiting:
                why = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
                log.error("%s has to wait, its next turn tries again: %s", self.name, why)
            self._waiting = True
            return None
        if self._waiting:
            log.warning("%s works again", self.name)
        self._waiting = False
        return result


app = Celery("hashinsight", task_cls=Patient, broker=cache.url(cache.BROKER), backend=cache.url(cache.RESULTS))
app.conf.update(
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_queue="farm",
    task_time_limit=300,
    task_soft_time_limit=240,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 900},
    beat_schedule_filename=str(settings().data_dir / "beat-schedule"),
    beat_max_loop_interval=5,
    timezone="UTC",
    beat_schedule={
        name: {"task": task, "schedule": period, "options": {"queue": queue, "expires": expires}}
        for name, (task, period, queue, expires) in SCHEDULE.items()
    },
)


@worker_ready.connect
def _worker_lives(sender: Any, **_: Any) -> None:
    name = str(sender.hostname).partition("@")[0]
    threading.Thread(target=_beat_heart, args=(name,), daemon=True).start()


@worker_process_init.connect
def _follow_into_death(**_: Any) -> None:
    # A pool whose parent was killed waits for work for ever. The kernel's word does not pass to children by itself.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


@beat_init.connect
def _beat_lives(**_: Any) -> None:
    threading.Thread(target=_beat_heart, args=("beat",), daemon=True).start()
    try:
        for name in AT_START:
            task, _period, queue, expires = SCHEDULE[name]
            app.send_task(task, queue=queue, expires=expires, retry=False)
    except BrokerError as error:  # the clock must start without its broker too
        log.warning("the market has to wait for its turn: %s", error)


def _beat_heart(name: str) -> None:
    while True:
        try:
            cache.client().set(f"beat:{name}", time.time(), ex=3600)
        except OSError as error:
            log.warning("no heartbeat: %s", error)
        except Exception as error:  # the heart of a process must outlive a broker that is away
            log.warning("no heartbeat: %s", error)
        time.sleep(HEARTBEAT_S)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@app.task(name="farm.sweep_all")
def sweep_all() -> None:
    """Send one sweep to the queue of every site."""
    with transaction() as session:
        codes = session.execute(text("SELECT code FROM site")).scalars().all()
    for code in codes:
        sweep.apply_async(args=(code,), queue=f"site.{code}", expires=settings().sweep_period_s * 0.9)


@app.task(name="farm.sweep")
def sweep(site_code: str) -> None:
    """Sweep a site, then see which commands its machines' readings confirm."""
    from collectors.telemetry import NotStored, sweep_site
    from services import commands

    try:
        report = sweep_site(site_code)
    except NotStored:  # said in the log already; the next sweep is a minute away
        return
    if not report.skipped:
        with transaction() as session:
            site_id = session.execute(text("SELECT id FROM site WHERE code = :code"), {"code": site_code}).scalar_one()
            commands.confirm(session, site_id, _now())
        log.info("%s", report)


@app.task(name="farm.rollup")
def rollup() -> None:
    """Bring the rollups up to now."""
    from collectors.rollups import roll_up

    roll_up(_now())


@app.task(name="farm.maintain")
def maintain() -> None:
    """Make and drop partitions, trim what is old."""
    from collectors.partitions import maintain as work

    work(_now())


@app.task(name="events.deliver")
def deliver_events() -> None:
    """Publish the events of committed changes."""
    from services.events import deliver

    deliver()


@app.task(name="commands.dispatch")
def dispatch_command(command_id: str) -> None:
    """Send one command to its machine."""
    from services.commands import dispatch

    dispatch(command_id)


@app.task(name="commands.recover")
def recover_commands() -> None:
    """Pick up commands that a dead process left, and end those whose time is over."""
    from services.commands import recover

    recover()


@app.task(name="jobs.run", time_limit=1800, soft_time_limit=1700)
def run_job(job_id: str) -> None:
    """Run one long job."""
    from services.jobs import run

    run(job_id)


@app.task(name="jobs.recover")
def recover_jobs() -> None:
    """Send jobs again whose worker died."""
    from services.jobs import recover

    recover()


@app.task(name="accounts.tidy")
def tidy_accounts() -> None:
    """Forget sessions and sign-in attempts that are over."""
    from services.sessions import tidy

    tidy()


@app.task(name="market.spot")
def collect_spot() -> None:
    """Ask every source for the price."""
    from collectors.market import collect_spot as work

    work()


@app.task(name="market.network")
def collect_network() -> None:
    """Ask for difficulty, hashrate, fees and the next retarget."""
    from collectors.market import collect_network as work

    work()


@app.task(name="market.candles")
def collect_candles() -> None:
    """Fetch the newest bars and fill the gaps before them."""
    from collectors.market import collect_candles as work

    work()


@app.task(name="market.epochs")
def collect_epochs() -> None:
    """Fetch every change of difficulty so far."""
    from collectors.market import collect_epochs as work

    work()


@app.task(name="forecasts.refit")
def refit_forecasts() -> None:
    """Fit the price models to the newest day."""
    from services.forecasts import refit

    refit(_now())


@app.task(name="forecasts.evaluate")
def evaluate_forecasts() -> None:
    """Score the price models at one horizon."""
    from services.forecasts import evaluate_due

    evaluate_due(_now())


@app.task(name="signals.announce")
def announce_signals() -> None:
    """Raise an event for each signal that has just fired."""
    from services.analytics import announce

    announce(_now())
