"""The task ``describe``: the frame grid, tracks and timecode of a file. Runs in the child."""
