"""Speech without a script: retakes, false starts, asides and fillers."""
