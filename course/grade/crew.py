"""Workers on a Dask cluster: a local one by default, or a real one by its scheduler's address.

A worker is given everything that it needs, so a remote one needs this repository, the same libraries and
bubblewrap, but no view of the class's folder.
"""

import logging
import os
from contextlib import contextmanager
from itertools import islice

from . import grading
from .classroom import ClassError
from .job import work

AHEAD = 2  # jobs a worker that are handed out: a submission may be large, so not the whole class at once
PATIENCE = "20s"  # with a scheduler that does not answer
RETRIES = 3  # of a job whose worker died


@contextmanager
def crew(workers=None, scheduler=None):
    """A function that takes jobs and yields (job, result) in the order in which they end.

    `workers`: processes on this machine (None: one a core, 0: none, everything in this process).
    `scheduler`: address of a running Dask scheduler, e.g. "tcp://grader:8786". Raises ClassError.
    """
    if workers == 0 and not scheduler:
        yield grading.one_by_one
        return
    from distributed import Client

    _be_quiet()
    with _local_cluster(workers) if not scheduler else _nothing() as cluster:
        try:
            client = Client(cluster or scheduler, timeout=PATIENCE)
        except (OSError, TimeoutError, ValueError) as error:
            raise ClassError(f"No Dask scheduler answers at {scheduler}: {error}") from error
        with client:
            yield lambda jobs: _results(client, jobs)


@contextmanager
def _nothing():
    yield None


def _local_cluster(workers):
    """Processes of this machine. Their ports are closed to others: who can speak to a Dask scheduler can run
    code as its owner, and students may have accounts on this machine."""
    from distributed import LocalCluster
    from distributed.security import Security

    return LocalCluster(
        n_workers=workers or os.cpu_count() or 1,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",  # without TLS, so it tells nothing: see _be_quiet
        scheduler_kwargs={"dashboard": False},
        memory_limit=None,  # the sandbox limits what matters
        security=Security.temporary(),
        silence_logs=logging.CRITICAL,
        preload=["course.grade.deaf"],
    )


def _results(client, jobs):
    from distributed import as_completed

    jobs, handed, results = iter(jobs), {}, as_completed()
    try:
        while True:
            most = AHEAD * max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
            for job in islice(jobs, max(0, most - len(handed))):
                future = client.submit(work, job, pure=False, retries=0)
                handed[future.key] = job
                results.add(future)
            if not handed:
                return
            future = next(results)
            job = handed.pop(future.key)
            yield job, grading.done_or_failed(job, future.result)
            future.release()
    finally:
        client.cancel(list(results.futures))


def _be_quiet():
    import dask

    dask.config.set(
        {
            "distributed.scheduler.allowed-failures": RETRIES,
            "distributed.worker.daemon": True,
            "distributed.scheduler.http.routes": [],
            "distributed.worker.http.routes": [],
            "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1},
            "distributed.admin.log-format": "%(message)s",
        }
    )
    for name in ("distributed", "distributed.nanny", "distributed.worker", "distributed.scheduler"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
