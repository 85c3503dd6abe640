"""What keeps a box in order: backup and restore, doctor, readiness."""
