"""What is on disk: the database and the files."""
