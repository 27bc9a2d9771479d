"""A JSON reader that forgives: it gives the same as `json.loads`, and of broken text what can be made out."""

import json
import re

MAX_VALUES, MAX_SKIPPED, MAX_DEPTH = 1_000_000, 5_000_000, 16
MAX_MENDED = 1_000_000  # characters of a string with wrong escapes

_BODY = r'"(?:[^"\\\n]++|\\[^\n])*+'
_TOKEN = re.compile(
    rf"\s*+(?:(?P<string>{_BODY}(?P<end>\")?)|(?P<mark>[][{{}}:,])|(?P<word>[-+.\w]++)|(?P<other>[^][{{}}:,\"\s\w.+-]++))"
)
_BRACKET = re.compile(rf'{_BODY}"?|[][{{}}]')
_BAD_ESCAPE = re.compile(r'\\(?:(["\\/bfnrt]|u[0-9a-fA-F]{4})|)')
_SKIPPED = {"outputs", "widgets"}  # of these keys only the end is looked for
_WORDS = {"true": True, "false": False, "null": None}


class Scanner:
    """`damage`: something was not JSON; `cut`: the text ended early; `full`: a limit was reached."""

    def __init__(self, text):
        self.text, self.at = text, 0
        self.damage = self.cut = self.full = False
        self.left, self.tokens = MAX_VALUES, 0

    def value(self):
        """The next value. A part that is nested too deep, or that is one too many, is left out."""
        kind, token = self._next()
        while kind == "other" or token in (":", ","):
            self.damage = True
            kind, token = self._next()
        return self._value(kind, token, MAX_DEPTH)

    def finish(self):
        """Say whether anything follows the value."""
        self.damage = self.damage or self._next()[0] is not None

    def _next(self):
        found = _TOKEN.match(self.text, self.at)
        self.tokens += 1
        self.full = self.full or self.tokens > MAX_SKIPPED
        if found is None or self.tokens > MAX_SKIPPED:
            self.at = len(self.text)
            return None, None
        self.at, self.closed = found.end(), found["end"] is not None
        return found.lastgroup, found[found.lastgroup]

    def _value(self, kind, token, depth):
        self.left -= 1
        if kind == "string":
            return self._string(token)
        if kind == "word":
            return self._word(token)
        if kind is None:
            self.damage = self.cut = True
            return None
        if token not in ("[", "{"):
            self.damage = True
            return None
        if depth == 0:
            return self._skip()
        return self._list(depth - 1) if token == "[" else self._object(depth - 1)

    def _list(self, depth):
        values, wants_value = [], True
        while True:
            before = self.at
            kind, token = self._next()
            if token == "]" and kind == "mark":
                self.damage = self.damage or (wants_value and bool(values))
                return values
            if token == "," and kind == "mark":
                self.damage = self.damage or wants_value
                wants_value = True
                continue
            if kind is None or (kind == "mark" and token == "}"):
                self._ends_early(kind, before)
                return values
            if kind == "other" or token == ":":
                self.damage = True
                continue
            self.damage = self.damage or not wants_value
            values.append(self._value(kind, token, depth))
            wants_value = False
            if self.left < 0:
                return self._rest(values)

    def _object(self, depth):
        values, wants_key = {}, True
        while True:
            before = self.at
            kind, token = self._next()
            if token == "}" and kind == "mark":
                self.damage = self.damage or (wants_key and bool(values))
                return values
            if token == "," and kind == "mark":
                self.damage = self.damage or wants_key
                wants_key = True
                continue
            if kind is None or (kind == "mark" and token == "]"):
                self._ends_early(kind, before)
                return values
            if kind != "string":
                self.damage = True
                continue
            self.damage = self.damage or not wants_key
            key = self._string(token)
            values[key] = self._after_colon(key, depth)
            wants_key = False
            if self.left < 0:
                return self._rest(values)

    def _after_colon(self, key, depth):
        before = self.at
        kind, token = self._next()
        if kind != "mark" or token != ":":
            self.damage, self.at = True, before
            return None
        before = self.at
        kind, token = self._next()
        if key in _SKIPPED and kind == "mark" and token in ("[", "{"):
            return self._skip()
        if kind == "other" or (kind == "mark" and token in ("]", "}", ",", ":")):
            self.damage, self.at = True, before if kind == "mark" else self.at
            return None
        return self._value(kind, token, depth)

    def _ends_early(self, kind, before):
        self.damage = True
        self.cut = self.cut or kind is None
        self.at = before  # the bracket belongs to what is around

    def _rest(self, values):
        self.full = True
        self._skip()
        return values

    def _skip(self):
        """Step over the rest of a list or object that has just been opened."""
        depth = 1
        for count, found in enumerate(_BRACKET.finditer(self.text, self.at)):
            first = found[0] if len(found[0]) == 1 else '"'
            depth += (first in "[{") - (first in "]}")
            if depth == 0:
                self.at = found.end()
                return None
            if count > MAX_SKIPPED:
                self.at, self.full = len(self.text), True
                return None
        self.at, self.damage, self.cut = len(self.text), True, True
        return None

    def _string(self, token):
        if not self.closed:  # the line or the file ends before the quote
            self.damage, token = True, token + '"'
        try:
            return json.loads(token, strict=False)
        except ValueError:
            self.damage = True
            if len(token) > MAX_MENDED:
                token = token[:MAX_MENDED].rstrip("\\") + '"'
            return json.loads(_BAD_ESCAPE.sub(lambda m: m[0] if m[1] else r"\\", token), strict=False)

    def _word(self, token):
        if token in _WORDS:
            return _WORDS[token]
        try:
            number = json.loads(token) if len(token) <= 40 else None  # no int of a million digits
        except ValueError:
            self.damage = True
            return None
        return number
