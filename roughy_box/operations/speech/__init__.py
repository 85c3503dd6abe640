"""Models of recognizers: which are there, adding one from a folder, downloading one."""
