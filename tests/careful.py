"""A database on PostgreSQL as a careful administrator makes it for a forum."""

import psycopg


def careful_database(owner: str, name: str) -> str:
    """The address of an empty one: its role, no superuser, owns a schema in it and nothing else. `owner` is a superuser's."""
    with psycopg.connect(owner, autocommit=True) as administrator:
        administrator.execute(f"CREATE ROLE {name} LOGIN")
        administrator.execute(f"ALTER ROLE {name} SET search_path = room, public")
        administrator.execute(f"CREATE DATABASE {name}")
    inside = owner.replace("/postgres?", f"/{name}?")
    with psycopg.connect(inside, autocommit=True) as administrator:
        administrator.execute(f"CREATE SCHEMA room AUTHORIZATION {name}")
        administrator.execute("CREATE EXTENSION vector")
    return inside.replace("postgres:@", f"{name}:@")
