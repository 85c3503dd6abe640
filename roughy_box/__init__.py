"""Roughy Box: media intake for a studio's own machine."""

__version__ = "0.1.0"
