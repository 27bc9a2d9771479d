"""Backward passes of several lines: each gradient is judged by those above it, where these tell anything."""


def fault_of(array, name, v):
    """What is wrong with the form of the gradient d[name], v[name] being its value: a diagnosis and a
    sentence, or None."""
    if getattr(getattr(array, "dtype", None), "kind", "no array") not in "fiu":
        return "wrong-type", f"d[{name!r}] is missing, or no array of real numbers."
    if array.shape != v[name].shape:
        return "wrong-shape", f"d[{name!r}] has the shape {array.shape}; {name} has {v[name].shape}."
    return None


def goes_no_further(array, name, may_be_level=False):
    """Why too little can be told from what follows: zeros give zeros whatever the formula, NaN gives NaN,
    and one number everywhere hides what is mixed up (unless the right gradient is level, too)."""
    largest = float(abs(array).max())
    if largest < 1e-30:
        return "waits", f"d[{name!r}] is 0 everywhere."
    if not largest < 1e30:
        return "waits", f"d[{name!r}] is not finite."
    if not may_be_level and array.max() == array.min():
        return "waits", f"d[{name!r}] is the same number everywhere."
    return None


def right_gradients(feeds, following, case):
    """All gradients, name -> array, each by `following(name, case, those found before)`.

    feeds: the names in the order of the backward pass, with the names that each feeds.
    """
    found = {}
    for name in feeds:
        found[name] = following(name, case, found)
    return found


def vanishes(expected, given, name, case, feeds, following):
    """Why nothing can be told of d[name] though `given`, what stands above it, is not 0: by the next line it
    becomes 0 (as a gradient that is the same in a whole batch does in batch norm), and then 0 is right
    whatever the formula. Not where a right backward pass has so little there, too; and not for sums over the
    batch, which honest slips make 0: there one slip would cost two lines."""
    above = max((abs(array).max() for array in given.values()), default=0.0)
    if expected.ndim < 2 or abs(expected).max() >= 1e-3 * above:
        return None
    right = right_gradients(feeds, following, case)
    usual = abs(right[name]).max() / max(abs(right[fed]).max() for fed in given)
    if abs(expected).max() >= 1e-6 * usual * above:
        return None
    return "waits", f"What stands above d[{name!r}] comes to 0 there, whatever the formula."
