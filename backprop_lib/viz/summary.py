"""A large graph in words: what the stepper shows instead of a drawing nobody could read."""

from collections import Counter

LARGEST = 300  # nodes that are drawn
LEDGER = 40  # steps that a summary lists, from either end
GRADIENTS = 8  # largest gradients that it names


def summarise(found):
    """The trace dict of a large graph reduced to its summary, in the same wire format."""
    nodes = found["nodes"]
    return {
        "version": found["version"],
        "notes": found["notes"],
        "summary": {
            "nodes": len(nodes),
            "operations": Counter(n["symbol"] for n in nodes if n["kind"] == "op").most_common(),
            "leaves": sum(n["kind"] != "op" for n in nodes),
            "depth": depth(nodes),
            "root": nodes[found["root"]]["label"],
            "value": nodes[found["root"]]["value"],
            "gradients": largest_gradients(nodes),
            "steps": len(found["steps"]),
            "first": [_line(s) for s in found["steps"][:LEDGER]],
            "last": [_line(s) for s in found["steps"][-LEDGER:]],
            "limit": LARGEST,
        },
    }


def depth(nodes):
    """The number of operations on the longest way from a leaf to the root."""
    level = []
    for node in nodes:  # parents come before children
        level.append(max((level[p] + 1 for p in node["parents"]), default=0))
    return max(level, default=0)


def largest_gradients(nodes):
    """[label, gradient] of the leaves with the largest finite gradients, largest first."""
    leaves = [n for n in nodes if n["kind"] == "leaf" and isinstance(n["grad"], (int, float))]
    leaves.sort(key=lambda n: (-abs(n["grad"]), n["id"]))
    return [[n["label"] or f"leaf {n['id']}", n["grad"]] for n in leaves[:GRADIENTS]]


def _line(step):
    return " ".join(part for part in (step["rule"], "=" if step["numbers"] else "", step["numbers"],
                                      step["result"]) if part)


def text_line(drawn):
    """One line of text about a trace dict, for where neither widget nor picture can be shown."""
    if "summary" in drawn:
        s = drawn["summary"]
        operations, leaves, steps = sum(n for _, n in s["operations"]), s["leaves"], s["steps"]
        name, value = s["root"], s["value"]
    else:
        root = drawn["nodes"][drawn["root"]]
        operations = sum(n["kind"] == "op" for n in drawn["nodes"])
        leaves, steps = len(drawn["nodes"]) - operations, len(drawn["steps"])
        name, value = root["label"], root["summary"] if root["shape"] else root["value"]
    shown = f"{value:.4g}".replace("-", "−") if isinstance(value, (int, float)) else value
    plural = "" if operations == 1 else "s"
    return (f"Stepper: {name or 'result'} = {shown}, computed by {operations} operation{plural} from "
            f"{leaves} {'leaf' if leaves == 1 else 'leaves'}; {steps} steps forward and backward.")
