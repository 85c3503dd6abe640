"""Text as comparable words: folding, figures, scripts, phones, similarity."""
