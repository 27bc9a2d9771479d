"""What a piece of code leaves to Python's garbage collector."""

import gc


def left_to_the_collector(use):
    """How many of the objects made by `use()` only the garbage collector can free (int; 0: none)."""
    use()  # what is imported when it is first used leaves garbage of its own
    gc.collect()
    gc.disable()
    gc.freeze()  # what other tests left behind, and still let go of, is not counted
    try:
        use()
        return gc.collect()
    finally:
        gc.unfreeze()
        gc.enable()
