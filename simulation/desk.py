"""Who carries out the calls: this process, or several that each work for some of the vendors.

All calls that concern a vendor go to one process in their order, so its accounts, shelves and numbers see
the same history whatever the number of processes; what different vendors do touches no common row.
"""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Concatenate, ParamSpec

from foundation.errors import Unavailable
from simulation.trade import Call, Trade

CALLS_TOGETHER = 16
GO_HOME = "go home"

P = ParamSpec("P")
Verb = Callable[Concatenate[Trade, P], None]


class HandFailed(RuntimeError):
    """A process that carries out calls ended; the message holds its traceback."""


class Desk:
    """Hands calls out; with one process it carries them out itself."""

    def __init__(self, trade: Trade, hands: Sequence[Connection], hand_of: dict[int, int]) -> None:
        self.trade = trade
        self._hands = hands
        self._hand_of = hand_of

    def do(self, vendor: int, verb: Verb[P], /, *args: P.args, **kwargs: P.kwargs) -> None:
        """Have a call carried out after all earlier ones that concern the same vendor."""
        if self._hands:
            self._send(self._hands[self._hand_of[vendor]], verb, args, kwargs)
        else:
            self.trade.do(verb, *args, **kwargs)

    def tell_all(self, verb: Verb[P], /, *args: P.args, **kwargs: P.kwargs) -> None:
        """Carry a call out here and in every process."""
        verb(self.trade, *args, **kwargs)
        for hand in self._hands:
            self._send(hand, verb, args, kwargs)

    def wait(self) -> None:
        """Return when every call that was handed out is carried out."""
        for hand in self._hands:
            self._send(hand, None, (), {})
        for hand in self._hands:
            self._answer(hand)

    def close(self) -> None:
        """Let the processes go home and add up what they did."""
        for hand in self._hands:
            self._send(hand, GO_HOME, (), {})
        for hand in self._hands:
            calls, outward = self._answer(hand)
            self.trade.calls += calls
            self.trade.outward.update(outward)

    def _send(self, hand: Connection, verb: object, args: object, kwargs: object) -> None:
        try:
            hand.send((verb, args, kwargs))
        except OSError:
            self._answer(hand)  # says what ended it
            raise

    def _answer(self, hand: Connection) -> tuple[int, dict[str, int]]:
        try:
            kind, content = hand.recv()
        except (EOFError, ConnectionResetError):
            raise HandFailed("a process of the simulation was killed; the market is half played") from None
        if kind == "unavailable":
            raise Unavailable(content)
        if kind == "failed":
            raise HandFailed(content)
        done: tuple[int, dict[str, int]] = content
        return done


@contextmanager
def open_desk(trade: Trade, *, processes: int, loads: Sequence[float]) -> Iterator[Desk]:
    """A desk with that many processes; `loads` (by vendor) says how to share the vendors out evenly.

    The vendors must be taken in already, because every process starts with a copy of `trade`.
    """
    if processes == 1:
        yield Desk(trade, (), {})
        return
    hand_of, burden = {}, [0.0] * processes
    for vendor in sorted(range(len(loads)), key=lambda vendor: -loads[vendor]):
        hand_of[vendor] = burden.index(min(burden))
        burden[hand_of[vendor]] += loads[vendor]
    # Not forked: this process has open connections and a thread that draws the progress bar.
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe() for _ in range(processes)]
    workers = [
        context.Process(
            target=_work, args=(there, Trade(trade.goods, trade.products, trade.vendors)), daemon=True
        )
        for _, there in pipes
    ]
    for worker, (_, there) in zip(workers, pipes, strict=True):
        worker.start()
        there.close()
    desk = Desk(trade, [here for here, _ in pipes], hand_of)
    try:
        yield desk
        desk.close()
    finally:
        for (here, _), worker in zip(pipes, workers, strict=True):
            here.close()  # a worker that still waits for calls reads the end of them
            worker.join(timeout=10)
            if worker.is_alive():
                worker.terminate()


def _work(calls: Connection, trade: Trade) -> None:
    """The life of a process: carry out what comes, in its order.

    Calls share transactions, because to begin and end one is a good part of a call; what expects a
    refusal stands alone, for a refusal rolls back all that it stands with.
    """
    waiting: list[Call] = []
    try:
        with trade.in_session():
            while True:
                verb, args, kwargs = calls.recv()
                is_order = callable(verb)
                stands_alone = is_order and kwargs.get("expected") is not None
                if is_order and not stands_alone:
                    waiting.append((verb, args, kwargs))
                if waiting and (stands_alone or not is_order or len(waiting) == CALLS_TOGETHER):
                    trade.carry_out(waiting)
                    waiting = []
                if stands_alone:
                    verb(trade, *args, **kwargs)
                elif verb is None:
                    calls.send(("done", (0, {})))
                elif verb == GO_HOME:
                    break
        calls.send(("done", (trade.calls, dict(trade.outward))))
    except (EOFError, KeyboardInterrupt):
        return  # the market was left
    except Unavailable as error:
        calls.send(("unavailable", error.message))
    except Exception:
        calls.send(("failed", traceback.format_exc()))
