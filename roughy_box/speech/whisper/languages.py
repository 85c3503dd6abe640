"""The languages that multilingual Whisper models hear, as ISO 639-1 codes (openai/whisper, tokenizer.py).

Cantonese (``yue``) and Hawaiian (``haw``) have no code of two letters. ``nb`` and ``jv`` are heard as the codes
that Whisper has for them.
"""

from __future__ import annotations

_CODES = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml "
    "cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am "
    "yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt ln ha ba su"
)
_OTHER_NAMES = {"nb": "no", "jv": "jw"}
LANGUAGES = frozenset(_CODES.split()) | _OTHER_NAMES.keys()


def whisper_code(language: str) -> str:
    """Return Whisper's own code of a language."""
    return _OTHER_NAMES.get(language, language)
