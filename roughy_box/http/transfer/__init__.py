"""Large bodies in both directions, by the framework or past it."""
