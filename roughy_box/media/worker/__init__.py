"""The child processes, alone with untrusted bytes. Nothing of the server is imported here."""
