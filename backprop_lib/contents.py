"""What the course consists of, and `course_map()`: the notebooks, what they need, and what is solved."""

from typing import NamedTuple


class Notebook(NamedTuple):
    """One notebook, in the file `number_file.ipynb`. `needs` are numbers of others; "you will" `you_will`."""

    number: str
    title: str
    file: str
    minutes: int
    needs: tuple
    you_will: str

    @property
    def path(self):
        return f"{self.number}_{self.file}.ipynb"


NOTEBOOKS = (
    Notebook("00", "Start here", "start_here", 30, (), "see one digit go there and back"),
    Notebook("01", "Derivatives and the chain rule", "derivatives_and_the_chain_rule", 60, (),
             "measure slopes, chain them like gears"),
    Notebook("02", "Computation graphs", "computation_graphs", 90, ("01",),
             "carry gradients backwards by hand"),
    Notebook("03", "Build an engine", "build_an_engine", 95, ("02",),
             "write backward(), and find its three classic bugs"),
    Notebook("04", "Neurons and MLPs", "neurons_and_mlps", 95, ("03",),
             "separate points by lines, and bend them with hidden neurons"),
    Notebook("05", "Matrix backprop", "matrix_backprop", 105, ("04",),
             "write backward passes of whole layers, line by line"),
    Notebook("06", "Losses", "losses", 90, ("05",), "see losses pull, and compute them without overflow"),
    Notebook("07", "Training", "training", 110, ("06",), "train, choose fairly, and fight overfitting"),
    Notebook("08", "Vanishing and exploding", "vanishing_and_exploding", 105, ("07",),
             "follow a gradient through thirty layers, and predict what arrives"),
    Notebook("09", "Init, norm, residual", "init_norm_residual", 120, ("08",),
             "make a thirty-layer network train"),
    Notebook("10", "Optimizers", "optimizers", 110, ("07",),
             "race optimizers, see why each was made, and tune them fairly"),
    Notebook("11", "Training clinic", "training_clinic", 120, ("09", "10"),
             "name what ten sick runs have, mend them, and write a whole backward pass"),
)  # fmt: skip
PLANNED = (("12 to 17", "convolutions, sequences, a small GPT, a policy gradient, and beyond backprop"),)


def course_map(folder=None):
    """The map of the course: show it by making it the last line of a cell.

    folder: where the notebooks lie and progress is kept; by default where the kernel runs.
    """
    from .checks.library import exercises
    from .checks.progress import read_progress
    from .viz.contents import CourseMap

    names = {book.number: [name for name in exercises() if name[:2] == book.number] for book in NOTEBOOKS}
    return CourseMap(NOTEBOOKS, PLANNED, names, read_progress(folder))
