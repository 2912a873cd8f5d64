"""Meetings: what is said of them (fields), calling and changing them (calling), answers and which are taken, who has a
place (places), who is told of what (telling), reminders, and how a member sees all that (pages).
"""
