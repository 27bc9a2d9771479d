"""One line that says how far training is, how well it goes and how long it will take."""


class Progress:
    """A tqdm bar over all steps of a training run; a context manager. Without `on` it shows nothing."""

    def __init__(self, epochs, steps_per_epoch, on):
        self._epochs = epochs
        self._bar = None
        self._measured = ""
        if on:
            from tqdm.auto import tqdm  # slow to import; takes the notebook's own bar where there is one

            self._bar = tqdm(total=epochs * steps_per_epoch, unit="step")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self._bar is None:
            return
        if kind is None:
            self._bar.total = self._bar.n  # to stop early is no failure, but a notebook would show it in red
        self._bar.close()

    def step(self, epoch, loss):
        """To be called after each step with its epoch and loss."""
        if self._bar is not None:
            self._bar.set_description_str(f"epoch {epoch}/{self._epochs}", refresh=False)
            self._bar.set_postfix_str(f"loss {loss:.4g}{self._measured}", refresh=False)
            self._bar.update()

    def epoch(self, history):
        """To be called after each epoch: shows what it brought until the next one has passed."""
        if self._bar is not None:
            words = [f"{name} {value:.4g}" for name, value in history.last().items()]
            self._measured = "".join(f", {word}" for word in words[1:])  # all but the loss
            self._bar.set_postfix_str(", ".join(words), refresh=False)
