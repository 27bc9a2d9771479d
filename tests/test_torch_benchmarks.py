"""The benchmarks' peers do the work that they are timed on."""

import pytest

from benchmarks import layers, mlp
from benchmarks.__main__ import main
from benchmarks.adam import TORCH, Torch
from benchmarks.engines import check
from benchmarks.problems import AdamProblem, MLPProblem

DTYPES = ("float64", "float32")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sizes", [(2, 6, 5, 1), (7, 6, 5, 3)])
def test_mlps(sizes, dtype):
    running, missing = mlp.engines()
    assert len(running) + len(missing) == 9 and not {"torch nn + SGD", mlp.LEANEST} & set(missing)
    for engine in running:
        check(engine, MLPProblem(sizes, 8, dtype), steps=3)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", TORCH)
def test_adam(name, dtype):
    check(Torch(name), AdamProblem(((5, 3), (3,), (3, 2)), dtype), steps=4)


@pytest.mark.parametrize("section", ["adam", "layers"])
def test_sections_put_torch_beside_ours(section, capsys):
    assert main(["--quick", "--only", section]) == 0
    out = capsys.readouterr().out
    assert "torch" in out and "not installed" not in out.split("\n\n", 1)[1]


def test_layers_at_the_sizes_of_the_course_have_gradients_for_all():
    from benchmarks.layers_torch import NAMES

    for problem in layers.problems(quick=False):
        assert {name for name in problem.values if name != "x"} <= set(NAMES[problem.kind])
