"""Programs that use a box through its public API: upload, cut, export, render, and the connectivity check."""
