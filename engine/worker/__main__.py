"""``python -m engine.worker``: the worker process, started by ``engine.worker.client``."""

import os

# Before numpy is imported: small matrices on one thread; more of them only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from engine.worker.process import run
from engine.worker.workbench import Workbench

if __name__ == "__main__":
    run(Workbench().do)
