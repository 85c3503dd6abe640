"""Requests that the box makes to other servers: checked addresses, limited answers."""
