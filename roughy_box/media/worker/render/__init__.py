"""The kept spans of a file as a new file: one pass over the pictures, one over the sound, one that writes."""
