"""Arrays in an .npz file that is never half written."""

import os
from pathlib import Path

import numpy as np


def save_arrays(path, arrays):
    """Write a dict from name to array. A file that was there stays until the new one is complete."""
    path = Path(path)
    # In the same folder: a rename is atomic only within one file system
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(unfinished, "wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def load_arrays(path):
    """The dict that `save_arrays` wrote. Raises ValueError for any other file."""
    with open(path, "rb") as file:
        try:
            with np.load(file, allow_pickle=False) as arrays:
                return dict(arrays)
        except Exception as error:  # numpy and zipfile raise a dozen kinds for a damaged file
            raise ValueError(f"{path} is damaged or no .npz file; save the module again ({error})") from error
