"""The language of a script, by its most common short words; only as sure as it has to be."""

from __future__ import annotations

from collections import Counter

from roughy_box.cutting.text.tokens import tokens

_COMMON = {
    "en": "the and of to a in is that it for you was with on are this be have not we they from but what all your can",
    "es": "el la de que y en los se las un una por con para es del lo como más pero sus este ya está muy también no",
    "fr": "le la de les et des est en un une du que qui dans pour pas sur au ce il nous vous avec plus sont mais c'est",
    "de": "der die und das ist nicht ein eine zu den von mit sich auf für im dem es wir ich auch werden wird sind aber",
    "it": "il di che la e un una è per non in del della sono con si da come ma anche più nel gli questo le ha",
    "pt": "o a de que e do da em um para é com não uma os no se na por mais as dos como mas foi ao são você isso",
    "nl": "de het een van en in is dat op te zijn met voor niet aan er die maar ook we je naar wordt uit dit",
    "pl": "i w na z nie się że do to jest jak o co ale po tak za od są przez był może już tylko czy",
    "sv": "och att det i en som är på för av med den till inte om ett har jag vi de kan men så från",
    "da": "og at det i en som er på for af med den til ikke om et har jeg vi de kan men så fra der",
    "cs": "a se v na je že to s z do o i jako ale by po k jsem není pro jsou která co když tak",
    "tr": "ve bir bu da de için ile çok ne daha gibi kadar olarak var ama olan en ya mi değil sonra her",
    "fi": "ja on ei se että hän oli mutta niin kun ovat myös tai kuin olla tämä joka jos sen mitä ole vain",
    "ru": "и в не на что я с он как это по но из за то все так его к у же вы бы мы о",
    "uk": "і в не на що я з він як це по але за та все так його до у ж ви б ми про є",
}
_WORDS = {language: frozenset(token.text for token in tokens(text)) for language, text in _COMMON.items()}
_MOST = 2000  # words that are looked at
_SHARE = 0.12  # of the words must be common ones of the language
_LEAD = 1.2  # times as many as of the next language


def script_language(script: str) -> str | None:
    """Return the two letters of a script's language, None where its words do not tell."""
    words = [token.text for token, _ in zip(tokens(script), range(_MOST), strict=False)]
    counts = Counter({name: sum(word in common for word in words) for name, common in _WORDS.items()})
    (best, count), (_, next_count) = counts.most_common(2)
    if len(words) < 3 or count < 2 or count < _SHARE * len(words) or count < _LEAD * next_count:
        return None
    return best


def is_latin(script: str) -> bool:
    """Return whether a script is written in Latin letters, as English is."""
    letters = [letter for letter in script[: 10 * _MOST] if letter.isalpha()]
    return 2 * sum(letter < "\u0250" for letter in letters) >= len(letters)
