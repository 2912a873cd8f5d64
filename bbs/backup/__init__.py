"""Backups: the whole forum in one file, made while it works, checked before it is put back.

archive (the file and its seal), sqlite and postgres (how each database is taken, checked and put back), making,
restoring, undone (what a restore would undo), kept (which backups are kept), schedule (backups that run by themselves).
"""
