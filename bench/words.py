"""Made-up English for made-up posts: words as skewed as a language's, in sentences, in Markdown."""

import random
from itertools import accumulate

RARE = "quinquireme"
"""In ten posts of the forum, however large it is."""
COMMON = "library"
"""In every tenth sentence or so."""
PHRASE = "annual subject review"
_SYLLABLES = (
    "ba", "be", "bri", "ca", "con", "da", "der", "en", "fa", "fi", "ga", "gen", "ha", "in", "jo", "ka", "la", "li",
    "men", "na", "no", "per", "qua", "ra", "sa", "sen", "ta", "ter", "us",
)  # fmt: skip
_SENTENCES = 4_000


class Words:
    """Sentences are made once and posts put together of them: a million posts take seconds."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        vocabulary = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(5_000)]
        weights = list(accumulate(1 / rank for rank in range(1, len(vocabulary) + 1)))
        self._vocabulary = vocabulary
        self._sentences = [
            " ".join(chance.choices(vocabulary, cum_weights=weights, k=chance.randint(5, 16))).capitalize() + "."
            for _ in range(_SENTENCES)
        ]
        for index in range(0, _SENTENCES, 10):
            self._sentences[index] = f"The {COMMON} said so. {self._sentences[index]}"
        for index in range(5, _SENTENCES, 400):
            self._sentences[index] = f"See the {PHRASE}. {self._sentences[index]}"

    def word(self) -> str:
        return self._chance.choice(self._vocabulary)

    def sentence(self) -> str:
        return self._chance.choice(self._sentences)

    def title(self) -> str:
        return self.sentence()[:70].rstrip(" .")

    def post(self, *, rare: bool = False) -> str:
        """One to some paragraphs of Markdown; now and then a list, a quotation, some code, somebody's name."""
        chance = self._chance
        parts = [" ".join(chance.choices(self._sentences, k=chance.randint(1, 4))) for _ in range(chance.randint(1, 3))]
        kind = chance.random()
        if kind < 0.1:
            parts.append("\n".join(f"- *{sentence}*" for sentence in chance.choices(self._sentences, k=3)))
        elif kind < 0.2:
            parts.insert(0, f"> {self.sentence()}")
        elif kind < 0.25:
            parts.append(f"    {self.word()} = `{self.word()}`")
        elif kind < 0.26:
            parts.append(f"@member{chance.randint(1, 40)}: **what do you think?**")
        if rare:
            parts.append(f"A {RARE} of Nineveh.")
        return "\n\n".join(parts)
