"""How hard a new passphrase is to guess, and what to do about an easy one.

The estimate is zxcvbn's, put right for what it does not know: Chinese. It takes a Han character for
one of ten and pinyin for random letters. What was chosen instead and why:
docs/decisions/0082-strength-of-a-passphrase.md. Nothing here keeps or logs a passphrase.
"""

from __future__ import annotations

import math
import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crm.records.pinyin import search_key
from desktop.vault.common_phrases import BANK_WORDS, PHRASES

ENOUGH = 3  # of 4: more than 10^8 guesses, each of half a second
LONGEST = 48  # characters that are looked at: the estimate's time grows with their square
HAN_GUESSES, SYLLABLE_GUESSES = 30, 30
LEAST_WORD = 2

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
_LETTERS = re.compile(r"[a-z]+", re.IGNORECASE)
_SYLLABLE = re.compile(
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxzcsryw])?"
    r"(?:iang|iong|uang|ang|eng|ong|ian|iao|ing|uai|uan|ai|ei|ao|ou|an|en|er|ia|ie|iu|in|ua|uo"
    r"|ui|un|ue|ve|a|o|e|i|u|v)"
)
_LONGEST_SYLLABLE = 6

# zxcvbn's sentences, by which it tells its advice, and our own codes.
_ADVICE = {
    "Use a few words, avoid common phrases.": "strength.few_words",
    "No need for symbols, digits, or uppercase letters.": "strength.few_words",
    "Add another word or two. Uncommon words are better.": "strength.more_words",
    "Straight rows of keys are easy to guess.": "strength.keyboard",
    "Short keyboard patterns are easy to guess.": "strength.keyboard",
    "Use a longer keyboard pattern with more turns.": "strength.keyboard",
    'Repeats like "aaa" are easy to guess.': "strength.repeats",
    'Repeats like "abcabcabc" are only slightly harder to guess than "abc".': "strength.repeats",
    "Avoid repeated words and characters.": "strength.repeats",
    'Sequences like "abc" or "6543" are easy to guess.': "strength.sequences",
    "Avoid sequences.": "strength.sequences",
    "Recent years are easy to guess.": "strength.dates",
    "Avoid recent years.": "strength.dates",
    "Avoid years that are associated with you.": "strength.dates",
    "Dates are often easy to guess.": "strength.dates",
    "Avoid dates and years that are associated with you.": "strength.dates",
    "This is a top-10 common password.": "strength.common",
    "This is a top-100 common password.": "strength.common",
    "This is a very common password.": "strength.common",
    "This is similar to a commonly used password.": "strength.common",
    "A word by itself is easy to guess.": "strength.one_word",
    "Names and surnames by themselves are easy to guess.": "strength.names",
    "Common names and surnames are easy to guess.": "strength.names",
    "Capitalization doesn't help very much.": "strength.capitals",
    "All-uppercase is almost as easy to guess as all-lowercase.": "strength.capitals",
    "Reversed words aren't much harder to guess.": "strength.reversed",
    "Predictable substitutions like '@' instead of 'a' don't help very much.": "strength.swapped",
}
GENERAL, KNOWN = "strength.more_words", "strength.known"
_ONE_AT_A_TIME = threading.Lock()  # zxcvbn keeps the words it was given in a global


@dataclass(frozen=True, slots=True)
class Strength:
    """score: 0 (guessed at once) to 4. advice: codes of texts, the most telling first; () for one
    that is strong enough.
    """

    score: int
    advice: tuple[str, ...] = ()

    @property
    def enough(self) -> bool:
        return self.score >= ENOUGH


def strength(passphrase: str, own_words: Iterable[str] = ()) -> Strength:
    """Estimate a passphrase. What a colleague knows (`own_words`: login, name, branch) counts
    for little, as do the bank's words and lines that everybody knows.
    """
    if not passphrase:
        return Strength(0, ("strength.few_words",))
    looked_at = unicodedata.normalize("NFC", passphrase)[:LONGEST]
    found = _estimated(looked_at, _known_words(own_words))
    score = _score(_put_right(looked_at, found))
    if score >= ENOUGH:
        return Strength(score)
    return Strength(score, tuple(dict.fromkeys(_advised(found))) or (GENERAL,))


def warm_up() -> None:
    """Load the word lists, some 0.2 s."""
    strength("x")


def _known_words(own_words: Iterable[str]) -> list[str]:
    """Return what counts for little, the best known first: its place is its number of guesses."""
    own = [piece for word in own_words for piece in _pieces(word)]
    return list(dict.fromkeys([*own, *BANK_WORDS, *PHRASES]))


def _pieces(word: str) -> Iterator[str]:
    """Yield a word or name, and its parts: an account's domain, the halves of a Chinese name, and
    how it is spelt in pinyin.
    """
    normal = unicodedata.normalize("NFC", word).strip().lower()
    parts = [normal, *re.split(r"[\s@._-]+", normal)]
    if _HAN.match(normal):
        parts += [normal[1:], normal[2:]] if len(normal) <= 4 else []
        for reading in search_key(normal).split(";"):
            syllables = reading.partition("|")[0].split()
            parts += ["".join(syllables[first:]) for first in range(min(3, len(syllables)))]
    yield from (part for part in parts if len(part) >= LEAST_WORD)


def _estimated(passphrase: str, words: Sequence[str]) -> dict[str, Any]:
    from zxcvbn import zxcvbn  # type: ignore[import-untyped] # late: its lists take 0.2 s

    with _ONE_AT_A_TIME:
        found: dict[str, Any] = zxcvbn(passphrase, user_inputs=words, max_length=LONGEST)
    return found


def _put_right(passphrase: str, found: dict[str, Any]) -> float:
    """Return the logarithm of the guesses, with Han characters and pinyin as they should count."""
    guesses = float(found["guesses_log10"])
    for match in found["sequence"]:
        if match["pattern"] == "bruteforce":
            guesses += len(_HAN.findall(match["token"])) * math.log10(HAN_GUESSES / 10)
    return min(guesses, _as_pinyin(passphrase))


def _as_pinyin(passphrase: str) -> float:
    """Return the logarithm of the guesses of somebody who tries syllables, Han and digits.

    Infinite where some letters are no pinyin: then they are not what was chosen.
    """
    counts = [_syllables(letters.lower()) for letters in _LETTERS.findall(passphrase)]
    if not counts or 0 in counts:
        return math.inf
    han = len(_HAN.findall(passphrase))
    others = len(re.findall(r"[^\sa-zA-Z]", passphrase)) - han
    return sum(counts) * math.log10(SYLLABLE_GUESSES) + han * math.log10(HAN_GUESSES) + others


def _syllables(letters: str) -> int:
    """Return into how few syllables of pinyin the letters fall; 0 where they do not."""
    best: list[int | None] = [0] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - _LONGEST_SYLLABLE), end):
            before = best[start]
            if before is not None and _SYLLABLE.fullmatch(letters, start, end):
                best[end] = min(best[end] or before + 1, before + 1)
    return best[-1] or 0


def _score(guesses_log10: float) -> int:
    """Return zxcvbn's score of a number of guesses."""
    return sum(guesses_log10 >= bound for bound in (3, 6, 8, 10))


def _advised(found: dict[str, Any]) -> Iterator[str]:
    if any(match.get("dictionary_name") == "user_inputs" for match in found["sequence"]):
        yield KNOWN
    feedback = found["feedback"]
    for said in (feedback["warning"], *feedback["suggestions"]):
        if said:
            yield _ADVICE.get(said, GENERAL)
