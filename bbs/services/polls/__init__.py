"""Polls, which find the date of a meeting: how a member sees them (pages), votes (voting), running them (running), the
decision (confirming), and who is told of what (telling).

A poll is open until its closing time has come or a facilitator closes it, whether or not anything has run since. To
whoever may not see the meeting that it finds a date for, it is not there.
"""
