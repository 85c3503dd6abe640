"""What Roughy Box does beside its peers, on this machine: ``make bench``. Nothing here is a test."""
