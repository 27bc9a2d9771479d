"""The structure of an answer: what is left of its code when names, comments and formatting are taken away.

Each innermost definition is a block of its own, so the order of definitions does not matter. In a block,
statements keep their order. Names that the answer gives are taken away: parameters become their position,
other variables a `v`. Names that it uses (`np`, `sum`, `.T`) stay. Of blocks, overlapping runs of K tokens
are hashed, and some of the hashes kept by winnowing, of every WINDOW neighbours the least (Schleimer,
Wilkerson, Aiken: "Winnowing: Local Algorithms for Document Fingerprinting", SIGMOD 2003).
"""

import ast
import io
import keyword
import re
import tokenize
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b

K, WINDOW = 8, 3
MOST = 200_000  # characters of an answer that are looked at, without lines of comment
_COMMENT_LINES = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_BLOCKS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_DOCUMENTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
_STILL = (ast.Load, ast.Store, ast.Del, ast.arguments, ast.Expr, ast.arg)


@dataclass
class Structure:
    """`prints`: {fingerprint: lines that it covers}. `words`: unusual things as they were written:
    ("comment" | "text" | "name", the text)."""

    prints: dict = field(default_factory=dict)
    words: set = field(default_factory=set)


@lru_cache(maxsize=50_000)
def structure(text):
    """The `Structure` of a piece of code. Never raises: what is no Python is taken as words."""
    text, written = _COMMENT_LINES.sub("", text)[:MOST], text[:MOST]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a string with odd escapes
            tree = ast.parse(without_magics(text))
            found = Structure(words=_comments(written))
            _Walk(found).block(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        words = [(word, 1) for word in map(_plain_word, re.findall(r"\w+|[^\w\s]", text))]
        return Structure(_winnowed(words), set())
    return found


def _plain_word(word):
    return "v" if word.isidentifier() and not keyword.iskeyword(word) else word


def without_magics(text):
    """The text of a cell with `pass` in place of lines that only IPython understands."""
    return re.sub(r"^[ \t]*[%!].*$", "pass", text, flags=re.MULTILINE)


class _Walk:
    def __init__(self, found):
        self.found, self.bound = found, set()

    def block(self, tree):
        """Add a block's fingerprints; the blocks in it are added after it."""
        self.bound |= _names_given(tree)
        waiting = [(tree, {})]
        while waiting:
            node, outer = waiting.pop()
            places = outer | {name: f"p{i}" for i, name in enumerate(_parameters(node))}
            tokens = []
            self._tokens(node, places, tokens, waiting, top=True)
            self.found.prints.update(_winnowed(tokens))

    def _tokens(self, node, places, tokens, waiting, top=False):
        if isinstance(node, _BLOCKS) and not top:
            tokens.append((type(node).__name__, node.lineno))
            waiting.append((node, places))
            return
        line = getattr(node, "lineno", 0)
        if not isinstance(node, _STILL):
            tokens.append((self._word(node, places), line))
        for child in _children(node):
            self._tokens(child, places, tokens, waiting)

    def _word(self, node, places):
        if isinstance(node, ast.Name):
            if node.id in places:
                return places[node.id]
            return "v" if node.id in self.bound else node.id
        if isinstance(node, ast.Attribute):
            return f".{node.attr}"
        if isinstance(node, ast.keyword):
            return f"{node.arg}="
        if isinstance(node, ast.Constant):
            return self._constant(node.value)
        self._keep_names(node)
        return type(node).__name__

    def _constant(self, value):
        if isinstance(value, str | bytes):
            if len(value) >= 8:
                self.found.words.add(("text", str(value)[:200]))
            return "text"
        return repr(float(value)) if type(value) in (int, float) and abs(value) < 1e15 else repr(value)[:40]

    def _keep_names(self, node):
        for name in _names_given(node) if isinstance(node, (*_BLOCKS, ast.Module)) else ():
            if len(name) >= 4:
                self.found.words.add(("name", name))


def _children(node):
    """A node's parts without docstrings and annotations."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "type_comment", "decorator_list"):
            continue
        parts = value if isinstance(value, list) else [value]
        if name == "body" and isinstance(node, _DOCUMENTED) and ast.get_docstring(node, False) is not None:
            parts = parts[1:]
        yield from (part for part in parts if isinstance(part, ast.AST))


def _parameters(node):
    arguments = getattr(node, "args", None)
    if not isinstance(arguments, ast.arguments):
        return []
    every = [
        *arguments.posonlyargs,
        *arguments.args,
        arguments.vararg,
        *arguments.kwonlyargs,
        arguments.kwarg,
    ]
    return [each.arg for each in every if each is not None]


def _names_given(tree):
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
    return names


def _comments(text):
    found = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if (
                token.type == tokenize.COMMENT
                and len(words := " ".join(token.string.lstrip("#! ").split())) >= 8
            ):
                found.add(("comment", words[:200]))
    except (tokenize.TokenError, SyntaxError):
        pass
    return found


def _winnowed(tokens):
    """{fingerprint: its lines} of a block."""
    size = min(K, len(tokens))
    if size < 3:
        return {}
    hashes = []
    for i in range(len(tokens) - size + 1):
        run = tokens[i : i + size]
        text = "\0".join(word for word, _ in run).encode("utf-8", "replace")
        lines = frozenset(line for _, line in run if line)
        hashes.append((int.from_bytes(blake2b(text, digest_size=8).digest(), "big"), lines))
    kept = {}
    for i in range(max(1, len(hashes) - WINDOW + 1)):
        number, lines = min(hashes[i : i + WINDOW], key=lambda each: each[0])
        kept[number] = kept.get(number, frozenset()) | lines
    return kept
