"""The connection and what all requests share: limits, errors, addresses, logs, metrics."""
