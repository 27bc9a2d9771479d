"""What the new line of a mend may use: it is a repair of a training programme, and not a programme of its own
that runs a healthy one instead, or that deafens `watch`.
"""

_PYTHONS = {  # of Python's own; a name that nobody knows may be tried, and fails as it does everywhere
    *("breakpoint", "compile", "delattr", "eval", "exec", "getattr", "globals", "help", "input", "locals"),
    *("open", "setattr", "type", "vars"),
}
_WAYS_OUT = {"builtins", "ctypeslib", "f2py", "importlib", "modules", "os", "subprocess", "sys", "testing"}


def strange(old, new):
    """A sentence on what the programme `new` uses and a repair of `old` does not need, or None.

    None also where `new` is no Python: it is for running it to say so.
    """
    import ast

    try:
        before, after = _used(ast.parse(old)), _used(ast.parse(new))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for kind, name in sorted(after - before):
        if kind == "import":
            return "a repair imports nothing: np, nn, ops, init, data, losses and optim are there"
        if kind == "attribute" and (name.startswith("_") or name in _WAYS_OUT):
            return f"`.{name}` is nothing that a repair needs"
        if kind == "name" and (name.startswith("_") or name in _PYTHONS):
            return f"`{name}` is nothing that a repair needs"
        if kind == "given" and name == "watch":
            return "`watch` writes the chart, and stays what it is"
    return None


def _used(tree):
    """{(kind, name)}: names, attributes, what is imported, and names that are given a meaning."""
    import ast

    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(("name" if isinstance(node.ctx, ast.Load) else "given", node.id))
        elif isinstance(node, ast.Attribute):
            found.add(("attribute", node.attr))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.add(("import", ""))
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(("given", node.name))
        elif isinstance(node, ast.arg):
            found.add(("given", node.arg))
    return found
