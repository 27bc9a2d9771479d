"""Right and wrong answers to 02.fill_graph, for any numbers."""

from tests.answers import Answers


def fill_answers(x, y, z):
    """The answers for these numbers of the leaves."""
    u = x * y
    v, w = u - z, u + x
    right = {"u": u, "v": v, "w": w, "L": v * w}
    both = v + w
    gradients = {"w": v, "v": w, "z": -w, "u": both, "y": both * x, "x": both * y + v}

    def fill(values=(), **changed):
        return f"values = {right | dict(values)!r}\ngradients = {gradients | changed!r}\n"

    def slip(changed=(), **values):
        """A forward value is wrong, and all that comes after is computed from it."""
        own = {"u": u} | values
        own.setdefault("v", own["u"] - z)
        own.setdefault("w", own["u"] + x)
        own.setdefault("L", own["v"] * own["w"])
        w_, v_ = own["v"], own["w"]
        follow = {"w": w_, "v": v_, "z": -v_, "u": v_ + w_, "y": x * (v_ + w_), "x": y * (v_ + w_) + w_}
        return fill(own, **follow | dict(changed))

    blank = slip(v=-v, changed={"x": ...}).replace("Ellipsis", "...")
    return Answers(
        right=[
            fill(),
            fill(**{node: float(number) for node, number in gradients.items()}),
            f"values = dict(u={x} * {y}, v={u} - {z}, w={u} + {x}, L={v} * {w})\n"
            f"gradients = dict(w={v}, v={w}, z=-{w}, u={w} + {v}, y={both} * {x}, x={both} * {y} + {v})\n",
        ],
        wrong={
            "value-u": slip(u=x + y),
            "value-v": [slip(v=-v), slip(v=v + 1), blank],
            "value-w": slip(w=u - x),
            "value-L": slip(L=-v * w),
            "value-u-first": fill({"u": x + y}),
            "value-v-first": [fill({"v": v + 1}), slip(v=v + 1, changed={"u": w})],
            "value-w-first": slip(w=u - x, changed={"z": u - x}),
            "value-L-first": fill({"L": v + w}, x=both * y),
            "one-path": [fill(x=both * y), fill(x=v), fill(u=w, y=w * x, x=w * y + v), fill(u=v)],
            "multiplied-paths": [fill(x=both * y * v), fill(u=v * w, y=v * w * x, x=v * w * y + v)],
            "own-value": [fill(w=w, v=v), fill(y=both * y), fill(x=both * x + v)],
            "no-upstream": [fill(u=2, y=2 * x, x=2 * y + v), fill(z=-1, y=x, x=y + 1)],
            "sign": [fill(z=w), fill(x=-gradients["x"])],
            "added-upstream": [fill(z=w - 1), fill(y=both + x)],
            "wrong": [
                fill(x=10007),
                fill(v=w + 2, z=-w - 2, u=both + 2, y=x * (both + 2), x=y * (both + 2) + v),
            ],
            "missing": fill(x=...).replace("Ellipsis", "..."),
            "wrong-type": fill(x=str(gradients["x"])),
        },
    )
