"""Sound in one or two channels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from av import AudioFrame

Floats = npt.NDArray[np.float32]

_SIDE = 0.5**0.5
# The shares of a loudspeaker in the left and the right channel (ITU-R BS.775-3, table 2); low frequencies are left out.
_SHARES = {
    **{"FL": (1.0, 0.0), "FR": (0.0, 1.0), "FC": (_SIDE, _SIDE), "FLC": (1.0, 0.0), "FRC": (0.0, 1.0)},
    **{"BL": (_SIDE, 0.0), "BR": (0.0, _SIDE), "SL": (_SIDE, 0.0), "SR": (0.0, _SIDE), "BC": (0.5, 0.5)},
    "LFE": (0.0, 0.0),
}
_PLANAR = {"fltp": np.float32, "s16p": np.int16}
_PACKED = {"flt": np.float32, "s16": np.int16}


def is_plain(frame: AudioFrame) -> bool:
    """Return whether :func:`channels_of` can read ``frame``; planes are not, where a layout has no names for them."""
    name = frame.format.name
    return name in _PACKED or (name in _PLANAR and frame.layout.nb_channels <= 2)


def channels_of(frame: AudioFrame) -> Floats:
    """Return the samples of a plain frame, a column for each channel, from -1 to 1."""
    count, name = frame.layout.nb_channels, frame.format.name
    if name in _PACKED:
        samples = np.frombuffer(memoryview(frame.planes[0]), _PACKED[name], count * frame.samples).reshape(-1, count)
    else:
        samples = np.empty((frame.samples, count), dtype=_PLANAR[name])
        for channel, plane in enumerate(frame.planes):
            samples[:, channel] = np.frombuffer(memoryview(plane), _PLANAR[name], frame.samples)
    return samples if samples.dtype == np.float32 else np.asarray(samples / np.float32(32768), dtype=np.float32)


def mixed_down(samples: Floats, names: tuple[str, ...], wanted: int) -> Floats:
    """Return ``samples`` in as many channels as wanted, one or two.

    Channels without names are microphones more often than loudspeakers: all are heard on both sides.
    """
    count = samples.shape[1]
    if count == wanted:
        return samples
    if count == 1:
        return np.repeat(samples, wanted, axis=1)
    if count > 2:
        samples = np.clip(samples @ _matrix(names), -1.0, 1.0)
    return samples if wanted == 2 else samples.mean(axis=1, keepdims=True, dtype=np.float32)


def _matrix(names: tuple[str, ...]) -> Floats:
    if all(name in _SHARES for name in names):
        return np.array([_SHARES[name] for name in names], dtype=np.float32)
    return np.full((len(names), 2), len(names) ** -0.5, dtype=np.float32)
