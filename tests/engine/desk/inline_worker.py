"""The worker's jobs without the process: same jobs, same answers, no waiting."""

from typing import Any

from engine.worker.client import Worker
from engine.worker.jobs import Job
from engine.worker.workbench import Workbench


class InlineWorker(Worker):
    def __init__(self) -> None:
        super().__init__()
        self._bench = Workbench()
        self.jobs: list[str] = []

    async def start(self) -> None:
        """Nothing to start."""

    async def close(self) -> None:
        """Nothing to stop."""

    async def call(self, job: Job[Any], *, interactive: bool = False) -> Any:
        self.jobs.append(type(job).__name__)
        return self._bench.do(job)

    def forget(self) -> None:
        """As if the process had died and been started again."""
        self._bench = Workbench()
