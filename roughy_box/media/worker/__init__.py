"""The code of the worker processes, which open untrusted bytes. It imports nothing of the server."""
