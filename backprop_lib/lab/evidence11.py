"""What the judge of a mended programme looks at beyond its chart: is it the same training as the twin's?

Accuracies can be had in many ways. So it is noted here which images and labels took part, in which net and
mode, and whether each step goes against the gradient of the cross-entropy of its own batch.
"""

from functools import cache

import numpy as np

from backprop_lib import data, nn


@cache
def true_label():
    """From the bytes of an image's pixels to its label: no two images of the digits are alike."""
    digits = data.digits()
    return dict(zip(_images(digits.pixels), digits.labels.tolist(), strict=True))


class Evidence:
    """Collects step by step; `found()` gives a dict of plain numbers and one text."""

    def __init__(self):
        self.losses, self.entered, self.logits, self.modes, self.cosines = [], [], [], [], []

    def note(self, model, L, entered, logits):
        """One step: the images that entered, the logits they led to, the loss that was made of these."""
        self.losses.append(L.item())
        self.entered.append(np.array(entered))
        self.logits.append(logits)
        parts = [part for part in model.modules() if isinstance(part, nn.Dropout)]
        self.modes.append(all(part.training for part in parts))

    def note_step(self, L, parameters, changes, weights):
        """How far the changes of the weights go against the gradient of this batch alone: a cosine."""
        own = _own_gradient(L, parameters, weights)
        if own is None or changes is None:
            return
        g, step = (np.concatenate([array.ravel() for array in arrays]) for arrays in (own, changes))
        lengths = np.linalg.norm(g) * np.linalg.norm(step)
        if 0 < lengths < np.inf:
            self.cosines.append(float(-g @ step / lengths))

    def found(self, model, train, validation):
        tested, seen, loss = _images(validation.pixels), set(), np.array(self.losses)
        right, classes = np.empty(len(loss)), np.empty(len(loss))
        for step, (entered, logits) in enumerate(zip(self.entered, self.logits, strict=True)):
            images = _images(entered)
            labels = [true_label().get(image, -1) for image in images]  # -1: no image of the digits
            right[step], classes[step] = _cross_entropy(logits, labels), len(set(labels))
            seen.update(images)
        with np.errstate(all="ignore"):
            ratios = loss[right > 1e-6] / right[right > 1e-6]
            off = abs(ratios / np.median(ratios) - 1).max() if len(ratios) else np.nan
        return {
            "steps": len(loss),
            "net": _net(model),
            "images": len(seen),
            "validation_images": len(validation.labels),
            "known_images": sum(image in seen for image in tested),
            "strange_images": len({*seen, *tested} - set(true_label())),
            "wrong_labels": _wrong_labels(train) + _wrong_labels(validation),
            "training_mode": int(np.sum(self.modes)),
            "classes": float(np.mean(classes)),
            "loss_off": float(off),
            "entropy_start": float(right[0]),
            "entropy": float(right[-24:].mean()),
            "cosine": float(np.mean(self.cosines)) if self.cosines else float("nan"),
        }


def _images(pixels):
    """The bytes of each row: what names an image."""
    rows = np.ascontiguousarray(pixels)
    return rows.view(np.dtype((np.void, rows.itemsize * rows.shape[-1]))).ravel().tolist()


def _wrong_labels(examples):
    pairs = zip(_images(examples.pixels), np.asarray(examples.labels).tolist(), strict=True)
    return sum(true_label().get(row, label) != label for row, label in pairs)


def _cross_entropy(logits, labels):
    if logits.shape[0] != len(labels) or min(labels) < 0:
        return np.nan
    top = logits.max(axis=1)
    sums = np.exp(logits - top[:, None]).sum(axis=1)
    return float(np.mean(top + np.log(sums) - logits[np.arange(len(labels)), labels]))


def _net(model):
    """The net in words: the sizes of its layers, their activations, the dropout between them."""
    words = []
    for part in model.modules():
        if isinstance(part, nn.Linear):
            words.append(" ".join(["{} to {}".format(*part.W.shape), part.activation or ""]).strip())
        elif isinstance(part, nn.Dropout):
            words.append(f"dropout {part.p:g}")
    return ", ".join(words)


def _own_gradient(L, parameters, weights):
    """∂L/∂W from this batch alone, whatever stood in `grad` before; that is put back.

    None where it cannot be computed again, as an optimizer has changed the weights in place.
    """
    kept = [(p, p.grad, None if p.grad is None else np.array(p.grad)) for p in parameters]
    try:
        for p, _, _ in kept:
            p.grad = None
        L.backward()
        return [np.array(W.grad) for W in weights]
    except RuntimeError:
        return None
    finally:
        for p, grad, values in kept:
            p.grad = grad
            if grad is not None:  # the same array, which an optimizer may hold
                grad[...] = values
