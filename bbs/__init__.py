"""Staffroom's domain, storage and SSH server. Knows nothing of how a screen is drawn."""
