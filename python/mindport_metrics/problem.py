"""What the user can mend: a key of `words.py` with its arguments, told in one sentence with what to do about it."""

from __future__ import annotations


class Problem(Exception):
    """Bad input. `key` names the sentence; `about` fills its holes."""

    def __init__(self, key: str, **about: object) -> None:
        super().__init__(key)
        self.key = key
        self.about = about
