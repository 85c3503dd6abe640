"""The job engine: background work by priority, fair over accounts, within one budget of CPU slots."""
