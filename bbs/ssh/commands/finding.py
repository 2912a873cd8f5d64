"""Search."""

from bbs.services import messages, search
from bbs.ssh.commands.base import Run, argument, command, option, quoted_again
from bbs.views.search import Hit


@command("search", argument("WORDS", many=True), option("--newest", is_flag=True, help="The newest first."),
         takes_any_word=True)  # fmt: skip
async def search_(run: Run, words: tuple[str, ...], *, newest: bool, as_json: bool) -> None:
    """Find posts, your messages, meetings and people by words, "phrases", -not, board: by: in: before: after:."""
    page = await run.ctx.read(search.search, quoted_again(words), newest=newest)
    if as_json:
        run.json_lines(page.hits)
        return
    for note in page.notes:
        run.say(note)
    for hit in page.hits:
        run.offer(await _opens(run, hit), hit.kind, hit.title, hit.place, hit.author, run.ago(hit.at) if hit.at else "",
                  "".join(piece for piece, _ in hit.snippet), number=hit.post_id)  # fmt: skip
    if page.more:
        run.say(f"The first {search.LIMIT} are shown; add words.")
    elif not page.hits:
        run.say("Nothing was found.")


async def _opens(run: Run, hit: Hit) -> str:
    """The command that shows what was found, where it stands."""
    if hit.kind == "post":
        return f"read #{hit.post_id}"
    if hit.kind == "message":
        conversation = await run.ctx.read(messages.conversation, hit.conversation_id)
        return f"dm {conversation.address} --read --before {hit.message_id + 1}"
    return f"meeting {hit.meeting_id}" if hit.kind == "meeting" else f"person {hit.handle}"
