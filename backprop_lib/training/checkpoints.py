"""Copies of a model's parameters, to go back to."""

import numpy as np


class Checkpoints:
    """The parameters of the last complete epoch and, if there is a patience, of the best one.

    Buffers, such as running means, are copied and restored with them.
    """

    def __init__(self, model, patience):
        self._model, self._patience = model, patience
        self._last, self._best = model.state_dict(), None

    def end_epoch(self, history):
        """Keep what is worth keeping; write into the history that patience is at its end."""
        state = self._model.state_dict()
        if all(np.isfinite(array).all() for array in state.values()):
            self._last = state
        if self._patience is None:
            return
        if history.best_epoch == len(history):
            self._best = state
        elif len(history) - (history.best_epoch or 0) >= self._patience:
            history.stopped = f"no lower validation loss for {self._patience} epochs in a row"

    def restore_last(self):
        self._model.load_state_dict(self._last)

    def restore_best(self):
        if self._best is not None:
            self._model.load_state_dict(self._best)
