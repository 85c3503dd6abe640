"""Measure the quality of cuts of recordings that are put together from spoken lines, so that the truth is known.

texts      what is said, line by line, and what of it is wanted
cases      the texts read
voices     flite, espeak-ng and Kokoro, which sounds natural
recording  a case as sound, with the span of each line
packages   data from the package indexes, pinned by their digests
hearing    the recording heard as a child of the server does, kept for the next run
measures   precision, recall and the other measures of a plan
ways       the ways to hear and plan that are compared, and their targets
section    the results as a part of bench/RESULTS.md

python -m bench.cuts [--group KIND] [--case NAME] [--way WAY] [--quick] [--lost]
                         [--cost SECONDS] [--out bench/RESULTS.md]
"""
