"""Sound as numbers: voice activity, levels, cepstra, and how alike two stretches are."""
