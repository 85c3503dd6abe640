"""Benchmarks of Roughy Box and its peers on this machine: ``make bench``. Nothing here is a test."""
