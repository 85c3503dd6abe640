"""faster-whisper: speech in many languages, from a model folder on this machine."""
