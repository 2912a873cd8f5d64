"""What the services hand out: frozen values, whole and detached from the database."""
