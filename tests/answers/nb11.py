"""Right and wrong answers to the exercises of notebook 11."""

from tests.answers.capstone11 import CAPSTONE
from tests.answers.net11 import NET

ANSWERS = {"11.batchnorm_net": NET, "11.capstone_train": CAPSTONE}
