"""The only folder that knows Sanic: HTTP on one side, the services on the other."""
