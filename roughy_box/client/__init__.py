"""Programs that use a box through its public API: the upload client and the connectivity check."""
