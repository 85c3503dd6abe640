"""Lines spoken by synthetic voices, each take a little faster or slower and higher or lower than the last one."""

from __future__ import annotations

import subprocess
import wave
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bench.cuts import packages
from roughy_box.cutting.sound.levels import RATE

Int16 = npt.NDArray[np.int16]

_FLITE_PITCH = {"slt": 170.0, "awb": 125.0, "rms": 95.0, "kal16": 105.0}  # hertz
_ESPEAK_SPEED, _ESPEAK_PITCH = 155, 50
_KOKORO_RATE = 24_000
# The characters of the model's vocabulary, in the order of their numbers (StyleTTS2, text_utils.py).
_SYMBOLS = (
    '$;:,.!?¡¿—…"«»“” ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzɑɐɒæɓʙβɔɕçɗɖðʤəɘɚɛɜɝɞɟʄɡɠɢʛɦɧħɥʜɨɪʝɭɬɫɮʟɱɯɰŋ'
    "ɳɲɴøɵɸθœɶʘɹɺɾɻʀʁɽʂʃʈʧʉʊʋⱱʌɣɤʍχʎʏʑʐʒʔʡʕʢǀǁǂǃˈˌːˑʼʴʰʱʲʷˠˤ˞↓↑→↗↘'̩'ᵻ"
)
_NUMBERS = {symbol: number for number, symbol in enumerate(_SYMBOLS)}
_SOUNDS = str.maketrans({"ʲ": "j", "r": "ɹ", "x": "k", "ɬ": "l"})
_LANGUAGES = {"a": "en-us", "b": "en-gb", "e": "es", "f": "fr"}  # by the first letter of a voice


class Take(NamedTuple):
    """The variation from take to take: factors, and a step in the styles of a natural voice."""

    speed: float
    pitch: float
    style: int


def spoken(voice: str, text: str, take: Take) -> Int16:
    """Return 16 kHz samples of a line. Errors: ``packages.Unavailable``."""
    engine, _, name = voice.partition(" ")
    return {"flite": _flite, "espeak": _espeak, "kokoro": _kokoro}[engine](name, text, take)


def _flite(name: str, text: str, take: Take) -> Int16:
    pitch = _FLITE_PITCH[name] * take.pitch
    settings = {"duration_stretch": f"{1 / take.speed:.3f}", "int_f0_target_mean": f"{pitch:.1f}"}
    options = [word for key, value in settings.items() for word in ("--setf", f"{key}={value}")]
    return _written(["flite", "-voice", name, *options, "-t", text, "-o"])


def _espeak(name: str, text: str, take: Take) -> Int16:
    options = ["-s", str(round(_ESPEAK_SPEED * take.speed)), "-p", str(round(_ESPEAK_PITCH * take.pitch))]
    return _written(["espeak-ng", "-v", name, *options, text, "-w"])


def _written(command: list[str]) -> Int16:
    with TemporaryDirectory() as folder:
        path = Path(folder, "spoken.wav")
        subprocess.run([*command, str(path)], check=True, capture_output=True)
        with wave.open(str(path)) as file:
            return resampled(np.frombuffer(file.readframes(-1), dtype=np.int16), file.getframerate())


def _kokoro(name: str, text: str, take: Take) -> Int16:
    model, styles = _natural()
    numbers = [_NUMBERS[symbol] for symbol in _phonemes(text, _LANGUAGES[name[0]]) if symbol in _NUMBERS]
    rows = np.frombuffer(styles[name], dtype=np.float32).reshape(-1, 256)  # one for each number of phonemes
    inputs = {
        "tokens": np.array([[0, *numbers, 0]], dtype=np.int64),
        "style": rows[max(0, len(numbers) + take.style)][None],
        "speed": np.array([take.speed / take.pitch], dtype=np.float32),
    }
    samples = np.clip(model.run(None, inputs)[0].ravel() * 24_000, -32_000, 32_000).astype(np.int16)
    return resampled(samples, round(_KOKORO_RATE * take.pitch))


def _phonemes(text: str, language: str) -> str:
    said = subprocess.run(
        ["espeak-ng", "-q", "--ipa", "-v", language, text], check=True, capture_output=True, text=True
    )
    return " ".join(said.stdout.split()).translate(_SOUNDS) + ("" if text[-1].isalnum() else text[-1])


@cache
def _natural() -> tuple[Any, dict[str, bytes]]:
    import onnxruntime

    model, styles = packages.kokoro()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the sum of floats in another order would be another sound
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"]), styles


def resampled(samples: Int16, rate: int) -> Int16:
    """Return samples at 16 kHz."""
    places = np.arange(0, len(samples), rate / RATE)
    made: Int16 = np.interp(places, np.arange(len(samples)), samples).astype(np.int16)
    return made
