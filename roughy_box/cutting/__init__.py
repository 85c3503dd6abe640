"""Words, sound features and a script in, a plan out: pure, deterministic, numpy alone.

    plan       ``make_plan``: the way from a listening to a plan
    misplaced  hesitations moved to where they were said
    by_hand    the plan of segments that an editor chose
    text       scripts and heard words as comparable words; how alike two words are
    sound      voice activity to islands, levels, cepstra, acoustic matching
    reading    with a script: alignment, runs, takes
    repeats    without one: retakes, false starts, fillers

Times are seconds of the sound until ``assembly``; ``grid`` turns them into frames of the source.
"""
