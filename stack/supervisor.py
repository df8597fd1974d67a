"""Start one machine's stack in order, keep it running, stop it in order."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence

from stack import setup_steps
from stack.components.program import Program
from stack.errors import ProgramFailedError
from stack.folder import DataFolder
from stack.keeper import Keeper
from stack.logs import rotate_all
from stack.options import UpOptions
from stack.orphans import end_orphans
from stack.plan import Plan, make_plan
from stack.state import RunState, log_path, read_state, write_state

ROTATE_EVERY_S = 20.0
# A first start takes some 10 s on two slow cores; this only has to be less than for ever.
READY_S = 180.0


class Supervisor:
    """One run; the caller holds the folder's lock."""

    def __init__(self, folder: DataFolder, plan: Plan, options: UpOptions) -> None:
        self.folder = folder
        self.plan = plan
        self.options = options
        self.phase = "starting"
        self.keepers: list[Keeper] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.database = asyncio.Event()

    async def run(self, told_ready: Callable[[], None]) -> None:
        """Start everything, tell, and return when asked to stop (SIGTERM, SIGINT, SIGHUP)."""
        asked = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, asked.set)
        stop = asyncio.create_task(asked.wait())
        work = asyncio.create_task(self.start_and_watch(told_ready))
        try:
            await asyncio.wait({stop, work}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        finally:
            work.cancel()
            stop.cancel()
            await asyncio.gather(work, stop, return_exceptions=True)
            await self.stop()

    async def start_and_watch(self, told_ready: Callable[[], None]) -> None:
        """The whole start, then small chores until cancelled; raises when a program cannot be kept at all."""
        await self.start()
        self.phase = "ready"
        self.write()
        told_ready()
        for line in await asyncio.to_thread(self.find_missing):
            sys.stderr.write(f"{line}\n")
        while True:
            done, _ = await asyncio.wait(self.tasks, timeout=ROTATE_EVERY_S)
            for task in done:
                task.result()
            rotate_all(self.folder.logs)

    def find_missing(self) -> list[str]:
        """Compare what rows acknowledge with what the store has."""
        from stack.backup.comparing import look_and_write
        from stack.backup.servers import servers_by

        return look_and_write(servers_by(self.plan.environment), self.folder)

    async def start(self) -> None:
        """Everything at once, but for what needs another to be there first."""
        self.write()
        await asyncio.gather(self.start_broker(), self.start_storage(), self.start_own())
        await self.until(self.plan.is_ready, "the API's /readyz")

    async def start_own(self) -> None:
        """PostgreSQL; the API, which may wait for the schema; the schema; what writes rows; the door."""
        if self.plan.postgres is not None:
            await asyncio.to_thread(self.plan.postgres.prepare)
            await self.keep_all([self.plan.postgres.program()])
            await asyncio.to_thread(self.plan.postgres.ensure_database)
        self.database.set()
        api, *others = self.plan.own_programs(self.folder, self.options.workers)
        await self.keep_all([api], wait=False)
        await asyncio.to_thread(setup_steps.migrate, self.plan, self.folder)
        await self.keep_all(others, wait=False)
        await asyncio.gather(
            asyncio.to_thread(
                setup_steps.ensure_admin, self.plan, self.folder, new_key=self.options.new_admin_key
            ),
            self.start_door(),
        )

    async def start_broker(self) -> None:
        """Valkey."""
        if self.plan.valkey is not None:
            await asyncio.to_thread(self.plan.valkey.prepare)
            await self.keep_all([self.plan.valkey.program()])

    async def start_storage(self) -> None:
        """SeaweedFS, once it has a database for its names; its bucket and its fsync rules."""
        if self.plan.seaweedfs is not None:
            await self.database.wait()
            if self.plan.seaweedfs.catalogue is not None:
                await asyncio.to_thread(self.plan.seaweedfs.catalogue.ensure)
            await asyncio.to_thread(self.plan.seaweedfs.prepare)
            await self.keep_all([self.plan.seaweedfs.program()])
            await asyncio.to_thread(setup_steps.ensure_bucket, self.plan.seaweedfs)

    async def start_door(self) -> None:
        """Caddy, last: whoever gets in finds somebody at home."""
        await asyncio.to_thread(self.plan.caddy.prepare)
        api = next(keeper for keeper in self.keepers if keeper.program.name == "api")
        await self.until_ready(api)
        await self.keep_all([self.plan.caddy.program()])

    async def keep_all(self, programs: Sequence[Program], *, wait: bool = True) -> None:
        """Keep these programs from now on, and wait for each to be ready."""
        keepers = [Keeper(program, log_path(self.folder, program.name), self.write) for program in programs]
        for keeper in keepers:
            self.keepers.append(keeper)
            self.tasks.append(asyncio.create_task(keeper.keep(), name=keeper.program.name))
        if wait:
            for keeper in keepers:
                await self.until_ready(keeper)

    async def until_ready(self, keeper: Keeper) -> None:
        """Wait for one program; raise as soon as any program of the run is given up."""
        ready = asyncio.create_task(keeper.ready.wait())
        try:
            while not ready.done():
                done, _ = await asyncio.wait([ready, *self.tasks], return_when=asyncio.FIRST_COMPLETED)
                for task in done & set(self.tasks):
                    task.result()
        finally:
            ready.cancel()

    async def until(self, question: Callable[[], bool], name: str) -> None:
        """Ask until it says yes; raise as soon as any program is given up, or after a long time."""
        deadline = asyncio.get_running_loop().time() + READY_S
        while not await asyncio.to_thread(question):
            for task in self.tasks:
                if task.done():
                    task.result()
            if asyncio.get_running_loop().time() > deadline:
                raise ProgramFailedError(
                    f"{name} did not say yes within {READY_S:.0f} s", str(self.folder.logs)
                )
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """The door first, then what works, then what keeps."""
        self.phase = "stopping"
        servers = {"postgres", "valkey", "seaweedfs"}
        for belongs in (
            lambda name: name == "caddy",
            lambda name: name not in servers and name != "caddy",
            lambda name: name in servers,
        ):
            await asyncio.gather(*(keeper.stop() for keeper in self.keepers if belongs(keeper.program.name)))
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await asyncio.to_thread(end_orphans, None, self.plan.mark)
        if self.plan.seaweedfs is not None:
            await asyncio.to_thread(self.plan.seaweedfs.settle)
        self.phase = "stopped"
        self.write()

    def write(self) -> None:
        """Write the state down, for `heritwin status` and for a run after a crash."""
        caddy = self.plan.caddy
        authority = caddy.authority if caddy.host and caddy.certificate is None else None
        state = RunState(
            phase=self.phase,
            supervisor_pid=os.getpid(),
            address=self.plan.address,
            api=self.plan.api,
            s3_bucket=self.plan.environment["HERITWIN_S3_BUCKET"],
            ca_certificate=str(authority) if authority else None,
            ports=self.plan.ports,
            programs=tuple(keeper.state() for keeper in self.keepers),
        )
        write_state(self.folder, state)


def up(options: UpOptions, told_ready: Callable[[Plan, DataFolder], None]) -> None:
    """Run the stack on a data folder until asked to stop; `told_ready` is called once it serves."""
    os.umask(0o022)
    folder = DataFolder(options.data)
    folder.prepare()
    folder.require_whole()
    with folder.hold():
        secrets = folder.load_secrets()
        end_orphans(read_state(folder), secrets.mark)
        plan = make_plan(options, folder, secrets)
        supervisor = Supervisor(folder, plan, options)
        asyncio.run(supervisor.run(lambda: told_ready(plan, folder)))
