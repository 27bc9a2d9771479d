"""What notebook 06 says of PyTorch: the same losses under the names of its table."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from backprop_lib import losses

RNG = np.random.RandomState(0)


def test_losses_of_classes():
    logits, labels = RNG.randn(5, 4), RNG.randint(0, 4, 5)
    ours = losses.cross_entropy(logits, labels).item()
    theirs = torch.tensor(logits), torch.tensor(labels)
    assert functional.cross_entropy(*theirs).item() == pytest.approx(ours)
    assert torch.nn.CrossEntropyLoss()(*theirs).item() == pytest.approx(ours)
    log_p = functional.log_softmax(theirs[0], dim=1)
    assert functional.nll_loss(log_p, theirs[1]).item() == pytest.approx(ours)
    expected = np.logaddexp.reduce(logits, axis=-1)
    assert torch.logsumexp(theirs[0], dim=-1).tolist() == pytest.approx(expected.tolist())


def test_losses_entry_by_entry():
    z, t, counts = RNG.randn(6), RNG.rand(6), np.arange(6.0)
    pair = torch.tensor(z), torch.tensor(t)
    ours = losses.binary_cross_entropy(z, t).item()
    assert torch.nn.BCEWithLogitsLoss()(*pair).item() == pytest.approx(ours)
    assert functional.binary_cross_entropy_with_logits(*pair).item() == pytest.approx(ours)
    for name, loss in (("mse_loss", losses.mse), ("l1_loss", losses.mae), ("huber_loss", losses.huber)):
        assert getattr(functional, name)(*pair).item() == pytest.approx(loss(z, t).item())
    theirs = functional.poisson_nll_loss(pair[0], torch.tensor(counts)).item()
    assert theirs == pytest.approx(np.mean(np.exp(z) - counts * z))
