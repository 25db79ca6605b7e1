"""One call that fails, of all that are made."""

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from attrs import define

R = TypeVar("R")


class Loss(Enum):
    """What is lost of a call. Who made it cannot tell the one from the other."""

    REQUEST = "the request: nothing was done"
    REPLY = "the reply: all was done"


@define
class Fault:
    """Which call is lost, counted from 1; none for 0."""

    loss: Loss = Loss.REPLY
    number: int = 0
    calls: int = 0

    def lose(self, loss: Loss, number: int) -> None:
        """Lose this one, counted from now."""
        self.loss, self.number, self.calls = loss, number, 0

    @property
    def struck(self) -> bool:
        """Whether the call has been made that was to be lost."""
        return 0 < self.number <= self.calls

    def strikes(self) -> bool:
        """Count a call: whether it is the one."""
        self.calls += 1
        return self.calls == self.number

    def around(self, error: Exception, call: Callable[..., R], *given: Any) -> R:
        """Make a call, unless it is the one: then raise the error, before or after."""
        if not self.strikes():
            return call(*given)
        if self.loss is Loss.REPLY:
            call(*given)
        raise error
