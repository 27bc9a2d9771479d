"""Our engine beside its peers, in one run: `python -m benchmarks`. See README.md in this folder.

One thread for everybody, set here because numpy, torch and XLA read it when they are first imported:
with two, the machine's other work decides the times.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"):
    os.environ[_name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ.setdefault("JAX_PLATFORMS", "cpu")
