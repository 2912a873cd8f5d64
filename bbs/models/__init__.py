"""The tables, by noun; nothing but tables. Importing the package registers them all."""

from bbs.models.boards import Board, BoardMember, BoardModerator, BoardState, BoardWriter
from bbs.models.drafts import Draft
from bbs.models.due import DueWork
from bbs.models.events import EventRow
from bbs.models.held import HeldPost
from bbs.models.imports import ImportedAuthor, ImportedMessage, ImportedName, ImportRun
from bbs.models.meetings import Meeting, MeetingFacilitator, Rsvp, RsvpReply
from bbs.models.members import (
    ForgottenHandle,
    Invitation,
    InvitationUse,
    KnownAddress,
    Member,
    MemberKey,
    MemberSession,
    OneTimeCode,
)
from bbs.models.messages import Conversation, ConversationState, Message
from bbs.models.moderation import LogEntry, QueueItem, Report
from bbs.models.notices import Notice
from bbs.models.polls import Poll, PollDate, PollNote, PollVote
from bbs.models.roles import MemberRole
from bbs.models.sanctions import Sanction
from bbs.models.search import Refill
from bbs.models.servers import Server
from bbs.models.threads import Post, PostRevision, ReadAhead, Thanks, Thread, ThreadState

__all__ = [
    "Board",
    "BoardMember",
    "BoardModerator",
    "BoardState",
    "BoardWriter",
    "Conversation",
    "ConversationState",
    "Draft",
    "DueWork",
    "EventRow",
    "ForgottenHandle",
    "HeldPost",
    "ImportRun",
    "ImportedAuthor",
    "ImportedMessage",
    "ImportedName",
    "Invitation",
    "InvitationUse",
    "KnownAddress",
    "LogEntry",
    "Meeting",
    "MeetingFacilitator",
    "Member",
    "MemberKey",
    "MemberRole",
    "MemberSession",
    "Message",
    "Notice",
    "OneTimeCode",
    "Poll",
    "PollDate",
    "PollNote",
    "PollVote",
    "Post",
    "PostRevision",
    "QueueItem",
    "ReadAhead",
    "Refill",
    "Report",
    "Rsvp",
    "RsvpReply",
    "Sanction",
    "Server",
    "Thanks",
    "Thread",
    "ThreadState",
]
