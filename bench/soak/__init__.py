"""What does not fit into the tests: many cases of what strangers send, backups under load, restarts under writing."""
