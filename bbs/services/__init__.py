"""Use cases by noun: plain functions `(session, actor, …) -> view`, each run by the store in one transaction.

Every rule of permission is in here. Nothing in here knows a terminal, SSH, or the event loop.
"""
