"""Answering those who asked for a code or a token."""

from __future__ import annotations

from uuid import UUID

from commerce.identity import challenges
from foundation import jobs
from foundation.database import write


@jobs.workflow(challenges.ANSWER)
def answer_challenge(challenge_id: str) -> None:
    """Send the secret of a challenge to its address, if it is somebody's."""
    jobs.step("answer", _answer, challenge_id)


def _answer(challenge_id: str) -> None:
    write(lambda session: challenges.answer(session, challenge_id=UUID(challenge_id)))
