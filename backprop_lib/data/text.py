"""A small English text for models that predict the next character, and characters as numbers."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np


def story():
    """The Lamp at Gull Point, short scenes of plain English, written for this course: a str.

    ASCII letters, a little punctuation and line breaks. Scenes are separated by blank lines.
    """
    return (Path(__file__).parent / "story.txt").read_text("ascii")


def split_text(text, validation=0.1, test=0.1):
    """Cut a text into (train, validation, test), in this order, without losing a character.

    `validation` and `test` are shares of its length; each cut moves on to the next blank line, so that
    no scene is in two parts. Raises ValueError if a part is left empty that should not be.
    """
    if min(validation, test) < 0 or validation + test >= 1:
        raise ValueError(f"validation={validation} and test={test} leave nothing to train on")
    first, second = (_next_scene(text, 1 - share) for share in (validation + test, test))
    parts = text[:first], text[first:second], text[second:]
    for part, share, name in zip(parts, (1, validation, test), ("train", "validation", "test"), strict=True):
        if share and not part:
            raise ValueError(
                f"no scene is left for {name}: the text needs more blank lines or a larger share"
            )
    return parts


def _next_scene(text, share):
    """Where the first scene begins that starts at or after this share of the text."""
    blank = text.find("\n\n", round(share * len(text)))
    return len(text) if blank < 0 else blank + 2


@dataclass(frozen=True)
class Characters:
    """Characters as numbers: character `vocabulary[i]` is i. `len()` is the number of characters."""

    vocabulary: str

    def __len__(self):
        return len(self.vocabulary)

    def encode(self, text):
        """The numbers of the characters of a text: int64, (len(text),). ValueError for an unknown one."""
        number = {character: i for i, character in enumerate(self.vocabulary)}
        unknown = sorted(set(text) - set(number))
        if unknown:
            raise ValueError(f"the vocabulary {self.vocabulary!r} lacks {''.join(unknown)!r:.80}")
        return np.array([number[character] for character in text], dtype=np.int64)

    def decode(self, numbers):
        """The text that these numbers stand for. ValueError for one that is not 0 to len - 1."""
        numbers = np.asarray(numbers)
        if numbers.size and numbers.dtype.kind not in "iu":
            raise ValueError(f"decode needs whole numbers, got type {numbers.dtype}")
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < len(self):
            raise ValueError(f"decode needs numbers from 0 to {len(self) - 1}, got {numbers!r:.80}")
        return "".join(self.vocabulary[i] for i in numbers.ravel())


def characters(text):
    """The `Characters` that occur in a text, sorted. Raises ValueError for an empty text."""
    if not text:
        raise ValueError("characters needs a text with at least one character, got an empty one")
    return Characters("".join(sorted(set(text))))
