"""A phone as a page of plain HTML: the conversation, the newest last, and what can be answered (pure)."""

from __future__ import annotations

from html import escape
from zoneinfo import ZoneInfo

from commerce.messaging.reading import Shown
from commerce.messaging.sandbox import Conversation

POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
"""Nothing but its own styles and forms; whatever a message says, the browser runs nothing of it."""

_STYLE = """
:root { color-scheme: light; font-family: "Noto Sans", "Noto Sans Devanagari", system-ui, sans-serif; }
* { box-sizing: border-box; }
body { margin: 0; background: #d6d9d2; color: #16201a; line-height: 1.45; }
main { max-width: 30rem; min-height: 100vh; margin: 0 auto; background: #efeae2;
       display: flex; flex-direction: column; }
header { position: sticky; top: 0; background: #14532d; color: #fff; padding: .75rem 1rem; }
header h1 { font-size: 1.1rem; margin: 0; } header p { margin: 0; font-size: .8rem; }
ol { list-style: none; margin: 0; padding: .75rem; flex: 1; display: flex; flex-direction: column; gap: .6rem; }
li { max-width: 88%; background: #fff; border-radius: .6rem; padding: .55rem .7rem; overflow-wrap: anywhere; }
li.in { align-self: flex-end; background: #d9fdd3; }
li p { margin: 0 0 .35rem; white-space: pre-line; }
li a { color: #14532d; font-weight: 600; }
small { color: #4d5a52; font-size: .75rem; }
form.button { display: inline-block; margin: .25rem .35rem .25rem 0; }
button { font: inherit; min-height: 2.75rem; padding: .3rem .9rem; border: 1px solid #14532d; border-radius: .5rem;
         background: #fff; color: #14532d; }
form.reply { position: sticky; bottom: 0; display: flex; gap: .5rem; padding: .6rem; background: #e3e6df; }
form.reply input { font: inherit; flex: 1; min-width: 0; min-height: 2.75rem; padding: .3rem .7rem;
                   border: 1px solid #8a958d; border-radius: .5rem; }
form.reply button { background: #14532d; color: #fff; }
.empty { margin: auto; padding: 2rem; text-align: center; color: #4d5a52; }
"""


def page(contact: str, told: Conversation, time_zone: str) -> str:
    """The page of one contact."""
    zone = ZoneInfo(time_zone)
    if told.messages:
        said = "\n".join(_message(contact, one, zone, may_answer=told.may_answer) for one in told.messages)
        inside = f"<ol>\n{said}\n</ol>"
    else:
        inside = '<p class="empty">Nothing was said here yet.</p>'
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(told.shop or "Sandbox")}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<header><h1>{escape(told.shop or "Sandbox")}</h1><p>sandbox: nobody was sent this</p></header>
{inside}
{_reply(contact) if told.may_answer else ""}
</main>
</body>
</html>
"""


def _message(contact: str, one: Shown, zone: ZoneInfo, *, may_answer: bool) -> str:
    when = f'<time datetime="{one.said_at.isoformat()}">{one.said_at.astimezone(zone):%d %b %H:%M}</time>'
    if one.content is None:
        return f'<li class="{one.direction}"><p>(the words were cleared away)</p><small>{when}</small></li>'
    parts = [f"<p>{escape(one.content.body)}</p>"]
    if one.content.link:
        # An address that is no web page's is shown and not followed.
        label = escape(one.content.link_label or one.content.link)
        is_web = one.content.link.startswith(("https://", "http://"))
        link = escape(one.content.link)
        parts.append(
            f'<p><a href="{link}" rel="noreferrer noopener">{label}</a></p>' if is_web else f"<p>{link}</p>"
        )
    parts += [
        f'<p><a href="/sandbox/{contact}/files/{one.id}/{at}" download>{escape(name)}</a></p>'
        for at, name in enumerate(one.file_names)
    ]
    if one.direction == "out" and may_answer and one.state != "queued":
        parts += [_button(contact, one, id_, label) for id_, label in one.content.buttons]
    waits = f" from {one.not_before.astimezone(zone):%d %b %H:%M}" if one.state == "queued" else ""
    state = "" if one.direction == "in" else f" · {one.channel} · {escape(one.state)}{waits}"
    why = f" ({escape(one.reason)})" if one.reason else ""
    return f'<li class="{one.direction}">{"".join(parts)}<small>{when}{state}{why}</small></li>'


def _button(contact: str, one: Shown, id_: str, label: str) -> str:
    return (
        f'<form class="button" method="post" action="/sandbox/{contact}">'
        f'<input type="hidden" name="message" value="{one.id}">'
        f'<button name="button" value="{escape(id_)}">{escape(label)}</button></form>'
    )


def _reply(contact: str) -> str:
    return (
        f'<form class="reply" method="post" action="/sandbox/{contact}">'
        '<input name="text" maxlength="1000" required autocomplete="off" aria-label="Answer" '
        'placeholder="Answer, or STOP"><button>Send</button></form>'
    )
