"""`python app.py`: checks, starts every part in the order in which they need each other, watches them, stops them."""

from __future__ import annotations

import contextlib
import http.client
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from settings import VERSION, Settings
from supervisor import checks, plans
from supervisor.children import Child, Plan
from supervisor.embedded import Memory, cluster_of, database_answers, ensure_database, store_of
from supervisor.errors import CannotStart
from supervisor.keeper import Keeper, end_leftovers
from supervisor.net import LOOPBACK, answers
from supervisor.plans import ROOT, SimulatorPorts
from supervisor.progress import Progress, complain
from supervisor.signals import Stop, Stopping

PATIENCE_S = 90.0
SITES_PERIOD_S = 15.0
QUICK_DEATHS_TO_GIVE_UP = 3
OWN_PORTS_FROM = 20_000  # below what systems hand out by themselves
STOP_ORDER = (
    ("prepare", "web", "beat", "farm", "jobs", "history"),
    ("simulator", "market"),
    ("valkey",),
    ("postgres",),
)
ANY_ADDRESS = {"0.0.0.0": LOOPBACK, "::": "::1", "": LOOPBACK}


def run() -> int:
    """Run the product until somebody asks to stop; gives the exit code."""
    stopping = Stopping()
    progress = Progress()
    try:
        settings = checks.read_settings()
        data_dir = checks.usable_data_dir(settings)
        settings = settings.model_copy(update={"data_dir": data_dir})
        held = checks.lock(data_dir)
        memory = Memory(data_dir / "state.json")
        secret = checks.secret_key(settings, memory.secret("secret_key"))
    except CannotStart as error:
        complain(str(error))
        return 1
    keeper = Keeper(data_dir / "logs", data_dir / "children.json", progress.say)
    product = Product(settings, secret, memory, keeper, progress, stopping)
    code = 0
    try:
        product.start()
        product.watch()
    except Stop:
        progress.block("", "Stopping (once more to stop at once) ...")
    except CannotStart as error:
        complain(str(error))
        code = 1
    except OSError as error:
        complain(f"the system refuses: {error}")
        code = 1
    finally:
        keeper.stop(STOP_ORDER, stopping.hurried)
        held.close()
    if code == 0:
        progress.block("Everything has stopped; the data is kept.")
    return code


class Product:
    """The parts of one running product."""

    def __init__(
        self, settings: Settings, secret: str, memory: Memory, keeper: Keeper, progress: Progress, stopping: Stopping
    ) -> None:
        self.settings = settings
        self.secret = secret
        self.memory = memory
        self.keeper = keeper
        self.progress = progress
        self.stopping = stopping
        self.logs = settings.data_dir / "logs"
        self.environment: dict[str, str] = {}
        self.sites: list[str] = []

    def start(self) -> None:
        """Start everything; raises `CannotStart` with the sentence to print, or `Stop`."""
        settings, progress = self.settings, self.progress
        progress.block(f"HashInsight {VERSION}: data in {settings.data_dir}")
        checks.free_address(settings.host, settings.port)
        checks.raise_file_limit()
        end_leftovers(settings.data_dir / "children.json")
        self.database_url, self.redis_url = self._servers()
        ports = self._simulator_ports() if settings.demo else None
        self.environment = plans.child_environment(
            settings,
            DATABASE_URL=self.database_url,
            REDIS_URL=self.redis_url,
            SECRET_KEY=self.secret,
            **(_simulated(ports) if ports else {}),
        )
        schema = _schema_version(self.database_url)
        known_schema = self.memory.get("schema") == schema
        if known_schema:
            self._start(plans.web(settings, self.environment))
        reported = self._prepare(ports, before_data=lambda: None if known_schema else self._start_web())
        self.memory.keep("schema", schema)
        self.sites = reported["sites"]["codes"]
        if ports:
            simulator = self._start(plans.simulator(settings, self.environment, ports))
            self._start(plans.market(settings, self.environment, ports))
            # The first sweep is queued already: it must find the farm switched on.
            self._await(simulator, lambda: answers(ports.control))
        self._start(plans.farm(self.environment, self.sites))
        # The first page comes first: on two processors the rest would only stand in its way.
        self._await_web()
        self._start(plans.jobs(self.environment))
        self._start(plans.beat(self.environment))
        if ports:
            self._keep(plans.history(settings, self.environment), once=True)
        self._welcome(reported["accounts"])

    def watch(self) -> None:
        """Keep everything up until `Stop`; a site that was registered meanwhile gets its queue."""
        looked_at = time.monotonic()
        while True:
            self.keeper.watch()
            self.stopping.pause(0.25)
            if time.monotonic() - looked_at > SITES_PERIOD_S:
                looked_at = time.monotonic()
                self._serve_new_sites()

    def _servers(self) -> tuple[str, str]:
        """Start the servers that nobody gave us an address of, side by side; check those that somebody did."""
        settings, progress = self.settings, self.progress
        store = None if settings.redis_url else store_of(settings.data_dir, self.memory)
        cluster = None if settings.database_url else cluster_of(settings.data_dir, self.memory)
        if store:
            valkey = self._start(store.plan())
        if cluster:
            created = cluster.create()
            postgres = self._start(cluster.plan())
            self._await(postgres, lambda: database_answers(cluster.url("postgres")))
            ensure_database(cluster)
            progress.done("PostgreSQL (embedded, new)" if created else "PostgreSQL (embedded)")
        else:
            checks.answering_database(str(settings.database_url))
            progress.done("PostgreSQL (yours)")
        if store:
            self._await(valkey, store.answers)
            progress.done("Valkey (embedded)")
        else:
            checks.answering_redis(str(settings.redis_url))
            progress.done("Redis (yours)")
        database_url = cluster.url() if cluster else str(settings.database_url)
        return database_url, store.url if store else str(settings.redis_url)

    def _simulator_ports(self) -> SimulatorPorts:
        # Linux answers at all of 127.0.0.0/8; elsewhere there is one such address, and every machine needs its own ports.
        return SimulatorPorts(
            base=0 if sys.platform == "linux" else OWN_PORTS_FROM,
            miners=self.memory.port("simulator_port", 4028, "0.0.0.0"),
            http=self.memory.port("simulator_http_port", 80, "0.0.0.0"),
            control=self.memory.port("simulator_control_port"),
            market=self.memory.port("simulator_market_port"),
        )

    def _prepare(self, ports: SimulatorPorts | None, before_data: Callable[[], None]) -> dict[str, dict[str, Any]]:
        """Run the preparing child and print what it reports; `before_data` is called once the schema is there."""
        report = self.settings.data_dir / "prepare.report"
        report.unlink(missing_ok=True)
        child = Child(plans.prepare(self.settings, self.environment, report, ports), self.logs)
        self.keeper.add(child, once=True)
        reported: dict[str, dict[str, Any]] = {}
        while True:
            code = child.exit_code()
            for line in report.read_text().splitlines()[len(reported) :] if report.exists() else []:
                entry = json.loads(line)
                reported[entry["step"]] = entry
                if entry["step"] == "schema":
                    before_data()
                if entry["step"] in ("schema", "farm"):
                    self.progress.done(entry["text"].capitalize(), entry["seconds"])
            if code == 0 and "sites" in reported:
                report.unlink(missing_ok=True)
                self.keeper.watch()
                return reported
            if code is not None:
                raise CannotStart(f"the database could not be prepared: {child.last_words()} (log: {child.log})")
            self.stopping.pause(0.03)

    def _start_web(self) -> None:
        self._start(plans.web(self.settings, self.environment))

    def _start(self, plan: Plan) -> Child:
        return self._keep(plan)

    def _keep(self, plan: Plan, *, once: bool = False) -> Child:
        return self.keeper.add(Child(plan, self.logs), once=once)

    def _await(self, child: Child, ready: Callable[[], bool]) -> None:
        """Wait until a part answers; it may die and be started again a few times (a server that recovers)."""
        deadline = time.monotonic() + PATIENCE_S
        while not ready():
            self.keeper.watch()
            if self.keeper.quick_deaths(child) >= QUICK_DEATHS_TO_GIVE_UP:
                raise CannotStart(f"{child.plan.name} does not start: {child.last_words()} (log: {child.log})")
            if time.monotonic() > deadline:
                raise CannotStart(f"{child.plan.name} did not answer within {PATIENCE_S:.0f} s (log: {child.log})")
            self.stopping.pause(0.03)

    def _await_web(self) -> None:
        host = ANY_ADDRESS.get(self.settings.host, self.settings.host)
        self._await(self.keeper.child("web"), lambda: _serves(host, self.settings.port))
        self.progress.done("Web server, workers" + (", simulator" if self.settings.demo else ""))

    def _welcome(self, accounts: dict[str, Any]) -> None:
        settings = self.settings
        host = ANY_ADDRESS.get(settings.host, settings.host)
        address = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
        lines = ["", f"Ready after {time.monotonic() - self.progress.began_at:.1f} s:  {address}", ""]
        if settings.demo:
            lines.append("A simulation: every machine, reading and price is made up. Sign in as")
            lines += [f"  {role:<8}{email:<28}{password}" for email, role, password in accounts["accounts"]]
            lines.append("  guest   (no account: Continue as guest)")
            if settings.host not in (LOOPBACK, "localhost", "::1"):
                lines.append("  These passwords are public and this address is open to the network.")
        elif accounts["first_owner"]:
            lines.append("There is no Owner yet. This address makes the first one; it works once, for a day:")
            lines.append(f"  {address}/first-owner?token={accounts['first_owner']}")
        self.progress.block(*lines, "", "Ctrl-C stops everything.")

    def _serve_new_sites(self) -> None:
        import psycopg2

        codes: list[str] = []
        with contextlib.suppress(psycopg2.Error):
            connection = psycopg2.connect(self.database_url, connect_timeout=2)
            with connection.cursor() as cursor:
                cursor.execute("SELECT code FROM site ORDER BY id")
                codes = [code for (code,) in cursor.fetchall()]
            connection.close()
        if codes and codes != self.sites:
            self.progress.say(f"sites are now {', '.join(codes)}")
            self.sites = codes
            self.keeper.replace(Child(plans.farm(self.environment, codes), self.logs))


def _serves(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=3)
    try:
        connection.request("GET", "/health")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _schema_version(database_url: str) -> str:
    """Name the newest migration and the database: when both are as at the last start, the schema is in place."""
    newest = max(path.stem for path in (Path(ROOT) / "db" / "migrations" / "versions").glob("[0-9]*.py"))
    return f"{newest} in {database_url.rpartition('@')[2]}"


def _simulated(ports: SimulatorPorts) -> dict[str, str | int]:
    """Give the settings that turn the product to the simulated world."""
    return {"MINER_HTTP_PORT": ports.http, "MARKET_URL": f"http://{LOOPBACK}:{ports.market}"}
