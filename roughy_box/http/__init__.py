"""HTTP on one side, the services on the other: the only package that knows Sanic."""
