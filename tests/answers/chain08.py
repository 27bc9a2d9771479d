"""Right and wrong answers to 08.spectral."""

from tests.answers import Answers

SVD = "np.linalg.svd(send_back(layers, np.eye(len(layers[-1][1]))), compute_uv=False)"


def _chain(step="g = (g * slopes) @ W.T", over="reversed(layers)", values=SVD, end="values[0], values[-1]"):
    return (
        f"def send_back(layers, g):\n    for W, slopes in {over}:\n        {step}\n    return g\n\n"
        f"def stretch(layers):\n    values = {values}\n    return {end}\n"
    )


BY_PRODUCT = """
def send_back(layers, g):
    return g @ jacobian(layers)

def jacobian(layers):
    J = np.eye(layers[-1][0].shape[1])
    for W, slopes in layers[::-1]:
        J = J @ (np.diag(slopes) @ W.T)
    return J

def stretch(layers):
    J = jacobian(layers)
    return [np.linalg.norm(J, 2), np.linalg.norm(J, -2)]
"""

BY_EIGENVALUES = """
def send_back(layers, g):
    for k in range(len(layers) - 1, -1, -1):
        W, slopes = layers[k]
        g = np.dot(W, (slopes * g).T).T
    return g

def stretch(layers):
    J = np.array([send_back(layers, unit) for unit in np.eye(len(layers[-1][1]))])
    squares = np.linalg.eigvalsh(J @ J.T)
    return float(np.sqrt(squares[-1])), float(np.sqrt(squares[0]))
"""

BY_POP = """
def send_back(layers, g):
    while layers:
        W, slopes = layers.pop()
        g = (g * slopes) @ W.T
    return g

def stretch(layers):
    values = np.linalg.svd(send_back(layers, np.eye(len(layers[-1][1]))), compute_uv=False)
    return values[0], values[-1]
"""

REVERSED_IN_PLACE = BY_POP.replace(
    "    while layers:\n        W, slopes = layers.pop()\n",
    "    layers.reverse()\n    for W, slopes in layers:\n",
)

CHAIN = Answers(
    right=[BY_PRODUCT, BY_EIGENVALUES, _chain()],
    wrong={
        "no-slopes": _chain("g = g @ W.T"),
        "not-transposed": _chain("g = (g * slopes) @ W"),
        "slope-after": _chain("g = (g @ W.T) * slopes"),
        "forward-order": _chain(over="layers"),
        "last-layer-only": "def send_back(layers, g):\n    for W, slopes in reversed(layers):\n"
        "        return (g * slopes) @ W.T\n\ndef stretch(layers):\n"
        f"    values = {SVD}\n    return values[0], values[-1]\n",
        "sent-forward": _chain("g = (g @ W) * slopes", over="layers"),
        "product-of-extremes": _chain(
            values="[np.linalg.svd((W * slopes).T, compute_uv=False) for W, slopes in layers]",
            end="np.prod([v[0] for v in values]), np.prod([v[-1] for v in values])",
        ),
        "eigenvalues": _chain(
            values="abs(np.linalg.eigvals(send_back(layers, np.eye(len(layers[-1][1])))))",
            end="values.max(), values.min()",
        ),
        "axes-only": _chain(
            values="np.linalg.norm(send_back(layers, np.eye(len(layers[-1][1]))), axis=1)",
            end="values.max(), values.min()",
        ),
        "squared": _chain(end="values[0] ** 2, values[-1] ** 2"),
        "all-together": _chain(end="np.sqrt(np.sum(values**2)), values[-1]"),
        "without-zeros": [_chain(end="values[0], values[values > 1e-12][-1]"),
                          _chain(end="values[0], min(v for v in values if v > 1e-9)")],
        "swapped": _chain(end="values[-1], values[0]"),
        "float32": [_chain("g = (g * slopes) @ W.T.astype(np.float32)"),
                    _chain("g = ((g * slopes) @ W.T).astype(np.float32)")],
        "mutated-input": [BY_POP, REVERSED_IN_PLACE],
    },
)  # fmt: skip
