"""What every part needs and that knows nothing of the product: time, tasks, files, logs."""
