"""What a shop says as a mail: plain words, the same as a page with a button, and the files (pure)."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from html import escape
from uuid import UUID

from commerce.messaging.templates import Content
from foundation.settings import settings

_PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>
<body style="font-family: 'Noto Sans', 'Noto Sans Devanagari', sans-serif; font-size: 16px; line-height: 1.5;
             color: #1a1a1a; margin: 0; padding: 24px">
<p style="margin: 0 0 16px">{body}</p>
{button}<p style="margin: 24px 0 0; color: #666; font-size: 13px">{sender}</p>
</body>
</html>
"""
_BUTTON = """<p style="margin: 0 0 16px"><a href="{link}" style="display: inline-block; padding: 12px 24px;
   background: #14532d; color: #ffffff; text-decoration: none; border-radius: 6px">{label}</a></p>
"""


def written(
    content: Content,
    *,
    message_id: UUID,
    sender: str,
    recipient: str,
    said_at: datetime,
    files: Sequence[tuple[str, bytes]] = (),
) -> EmailMessage:
    """The message as a mail in the shop's name; its Message-ID is the same however often it is sent.

    `files` are (name, content). Raises ValueError for what no header can hold.
    """
    # Names that were kept before they were made one line would begin a further header.
    sender = _one_line(sender)
    mail = EmailMessage()
    mail["From"] = formataddr((sender, parseaddr(settings().mail_from)[1]))
    mail["To"] = recipient
    mail["Subject"] = _one_line(content.title)
    mail["Date"] = format_datetime(said_at)
    mail["Message-ID"] = f"<{message_id}@sauda>"
    mail["Auto-Submitted"] = "auto-generated"
    below = f"\n\n{content.link_label}: {content.link}" if content.link else ""
    mail.set_content(f"{content.body}{below}\n\n-- \n{sender}\n")
    mail.add_alternative(_page(content, sender), subtype="html")
    for name, inside in files:
        kind = (mimetypes.guess_type(name)[0] or "application/octet-stream").split("/")
        mail.add_attachment(inside, maintype=kind[0], subtype=kind[1], filename=name)
    return mail


def _one_line(told: str) -> str:
    return " ".join(told.split())


def _page(content: Content, sender: str) -> str:
    button = ""
    if content.link:
        button = _BUTTON.format(link=escape(content.link), label=escape(content.link_label or ""))
    return _PAGE.format(
        language=content.language, body=escape(content.body), button=button, sender=escape(sender)
    )
