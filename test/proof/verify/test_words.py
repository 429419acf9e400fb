"""Both languages say the same things."""

import string
import unittest

from mindport_verify.words import WORDS, language_of


class Words(unittest.TestCase):
    def test_same_keys_and_holes(self):
        fields = lambda text: {name for _, name, _, _ in string.Formatter().parse(text) if name}  # noqa: E731
        self.assertEqual(set(WORDS["en"]), set(WORDS["zh-cn"]))
        for key, text in WORDS["en"].items():
            self.assertEqual(fields(text), fields(WORDS["zh-cn"][key]), key)

    def test_languages(self):
        for name, expected in (("zh_CN.UTF-8", "zh-cn"), ("zh", "zh-cn"), ("en", "en"), ("de_DE", "en"), ("C", "en")):
            self.assertEqual(language_of(name), expected)


if __name__ == "__main__":
    unittest.main()
