"""Speech heard: voice activity, recognizers, and what they leave behind as one payload.

    recognizers  the protocol, the table of recognizers, read from entry points
    selection    which of them hears a recording: a pure rule
    voice        probabilities of voice, 31 a second
    samples      the sound of speech regions, held in memory
    stretches    islands as stretches of sound that a recognizer takes
    payload      a listening as bytes and back
    sphinx       pocketsphinx: English, with a language model made of the script
    whisper      faster-whisper: many languages, from a model folder

Importing these modules loads no speech library: that happens in a child, when a recognizer starts.
"""
