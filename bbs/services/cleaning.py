"""What is kept for some days only: a server looks for it at its start and each day, and removes what is older."""

from sqlalchemy.orm import Session

from bbs.services import addresses, codes, drafts, notices


def forget_old(session: Session) -> None:
    """Drafts that nobody touches, notices, addresses of sign-ins, and codes that are good no longer."""
    drafts.forget_old(session)
    notices.forget_old(session)
    addresses.forget_old(session)
    codes.forget_old(session)
