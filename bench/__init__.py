"""Measurements: each module is a command of its own; `make bench` runs the one that compares servers."""
