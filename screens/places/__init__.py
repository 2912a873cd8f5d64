"""The places of the forum, by the names under which they are opened."""

from screens.place import Place
from screens.places.board import BoardScreen
from screens.places.boards import BoardsScreen
from screens.places.conversation import ConversationScreen
from screens.places.drafts import DraftsScreen
from screens.places.help import HelpScreen
from screens.places.history import HistoryScreen
from screens.places.home import HomeScreen
from screens.places.inbox import InboxScreen
from screens.places.invitations import InvitationsScreen
from screens.places.keys import KeysScreen
from screens.places.log import LogScreen
from screens.places.meeting import MeetingScreen
from screens.places.meetings import MeetingsScreen
from screens.places.notice import NoticeScreen
from screens.places.notices import NoticesScreen
from screens.places.people import PeopleScreen
from screens.places.poll import PollScreen
from screens.places.profile import ProfileScreen
from screens.places.queue import QueueScreen
from screens.places.queue_item import QueueItemScreen
from screens.places.search import SearchScreen
from screens.places.thread import ThreadScreen

_ALL: tuple[type[Place], ...] = (
    HomeScreen, BoardsScreen, BoardScreen, ThreadScreen, HistoryScreen, MeetingsScreen, MeetingScreen, PollScreen,
    InboxScreen, ConversationScreen, PeopleScreen, ProfileScreen, KeysScreen, InvitationsScreen, SearchScreen,
    NoticesScreen, NoticeScreen, DraftsScreen, QueueScreen, QueueItemScreen, LogScreen, HelpScreen,
)  # fmt: skip
PLACES = {place.KIND: place for place in _ALL}
