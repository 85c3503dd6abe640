"""Helpers that know nothing of the product: time, tasks, files, logs, text."""
