"""`History`: what happened in training, as plain lists, with a picture."""

import math


class History:
    """Losses, metrics, learning rates and times of a training run.

    One entry an epoch: `loss` and `metric` (means over the training examples, batch by batch while
    the parameters were changing), `validation_loss` and `validation_metric` (at the end of the
    epoch, in eval mode), `lr` (at its last step) and `seconds` (with validation). An epoch that
    was cut short is not among them. Lists that do not apply are empty.
    One entry a step, `steps_per_epoch` of them an epoch: `step_loss` and `step_lr`.

    stopped: why training ended before its last epoch, such as "interrupted"; "" if it did not.
    """

    def __init__(self, metric_name="", steps_per_epoch=1):
        self.metric_name, self.steps_per_epoch = metric_name, steps_per_epoch
        self.loss, self.metric = [], []
        self.validation_loss, self.validation_metric = [], []
        self.lr, self.seconds = [], []
        self.step_loss, self.step_lr = [], []
        self.stopped = ""

    def __len__(self):
        return len(self.loss)

    def add_step(self, loss, lr):
        self.step_loss.append(loss)
        self.step_lr.append(lr)

    def add_epoch(self, loss, metric, validation, seconds):
        """loss, metric: of the training examples. validation: an `Evaluation` or None."""
        self.loss.append(loss)
        self.lr.append(self.step_lr[-1])
        self.seconds.append(seconds)
        if metric is not None:
            self.metric.append(metric)
        if validation is None:
            return
        self.validation_loss.append(validation.loss)
        if validation.metric is not None:
            self.validation_metric.append(validation.metric)

    @property
    def best_epoch(self):
        """The epoch, counted from 1, with the lowest loss, of validation if there was any; else None."""
        losses = self.validation_loss or self.loss
        finite = [loss for loss in losses if math.isfinite(loss)]
        return losses.index(min(finite)) + 1 if finite else None

    def to_dict(self):
        """All of it as a dict of lists, numbers and words, ready for json or a table."""
        return {name: list(value) if isinstance(value, list) else value for name, value in vars(self).items()}

    def last(self):
        """What the last complete epoch brought, by name, such as {"loss": 0.1, "validation loss": 0.2}."""
        named = {
            "loss": self.loss,
            self.metric_name: self.metric,
            "validation loss": self.validation_loss,
            f"validation {self.metric_name}": self.validation_metric,
        }
        return {name: values[-1] for name, values in named.items() if values}

    def plot(self):
        """Loss and metric against epochs, as a `Picture`: a figure with a text alternative."""
        from backprop_lib.training.curves import history_picture  # matplotlib, only where it is drawn

        return history_picture(self)

    def __repr__(self):
        words = [f"{len(self)} epoch{'s' * (len(self) != 1)} in {sum(self.seconds):.1f} s"]
        words += [f"{name} {value:.4g}" for name, value in self.last().items()]
        if self.validation_loss:
            words.append(f"lowest validation loss in epoch {self.best_epoch}")
        if self.stopped:
            words.append(f"stopped: {self.stopped}")
        return f"History({', '.join(words)})"

    def _repr_mimebundle_(self, **kwargs):
        bundle = {"text/plain": repr(self)}
        if len(self):
            picture = self.plot()
            bundle["text/plain"] += f"\n{picture!r}"
            bundle["image/png"] = picture.base64
        return bundle
