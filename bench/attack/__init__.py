"""Outsiders against a running server on loopback: `make attack`. Beside each attack a member tries to do their work."""
