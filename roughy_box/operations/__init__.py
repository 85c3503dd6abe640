"""The tools that keep a box in order: backup and restore, doctor, readiness."""
