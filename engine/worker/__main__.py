"""``python -m engine.worker``: the worker process, started by ``engine.worker.client``."""

from engine.worker.process import run
from engine.worker.workbench import Workbench

if __name__ == "__main__":
    run(Workbench().do)
