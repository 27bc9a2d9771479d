"""Right and wrong answers to the exercises of notebook 11."""

from tests.answers.capstone11 import CAPSTONE
from tests.answers.clinic11 import DIAGNOSE, MEND
from tests.answers.net11 import NET

ANSWERS = {
    "11.batchnorm_net": NET,
    "11.capstone_train": CAPSTONE,
    "11.diagnose": DIAGNOSE,
    "11.mend": MEND,
}
