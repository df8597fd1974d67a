"""Calls to the API that outlive a broken line, a restarting server and an expired key."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from heritwin import settings
from heritwin.api import TRY_AGAIN, Api, Json
from heritwin.errors import ApiError, KeyExpiredError, PausedError, UnreachableError
from heritwin.uploads.listening import Listener

LOOK_FOR_KEY_EVERY_S = 1.0
TOO_MANY = 429
LATELY_S = 15.0
BREAKING_S = 1.5


@dataclass
class Persistence:
    """One upload's way of not giving up.

    ``patience_s`` is how long nothing at all may arrive; ``key_patience_s`` how long an upload whose key the
    server no longer takes waits for another login.
    """

    api: Api
    listener: Listener
    patience_s: float
    key_patience_s: float
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._good_at_s = time.monotonic()
        self._key_lock = threading.Lock()

    def good(self) -> None:
        """Something arrived: patience begins anew."""
        self._good_at_s = time.monotonic()

    def wait(self, attempt: int, failure: UnreachableError | ApiError, *, most_s: float = 30.0) -> None:
        """Wait before another try, with full jitter so that many parts do not come back at one moment.

        Raises
        ------
        UnreachableError, ApiError
            The failure itself, once patience is over.
        PausedError
            If the upload was stopped meanwhile.
        """
        if time.monotonic() - self._good_at_s > self.patience_s:
            raise failure
        # While other parts arrive, the line is there: it only breaks.
        most_s = BREAKING_S if time.monotonic() - self._good_at_s < LATELY_S else most_s
        if self.stop.wait(random.uniform(0.1, min(most_s, 0.5 * 2.0 ** min(attempt, 10)))):
            raise stopped()

    def call(self, ask: Callable[[], Json], *, most_s: float = 30.0) -> Json:
        """Ask until there is an answer; refusals that another try would not change are raised at once."""
        attempt = 0
        while True:
            key = self.api.settings.key
            try:
                answer = ask()
            except UnreachableError as error:
                self.wait(attempt, error, most_s=most_s)
            except ApiError as error:
                if error.status == 401:
                    self._wait_for_key(key)
                elif error.status in TRY_AGAIN or error.status == TOO_MANY:
                    self.wait(attempt, error, most_s=most_s)
                else:
                    raise
            else:
                self.good()
                return answer
            attempt += 1

    def _wait_for_key(self, refused: str) -> None:
        """Pause until another key for this server was logged in with; one lane asks, the others wait."""
        with self._key_lock:
            if self.api.settings.key != refused:
                return
            server = self.api.settings.server
            error = KeyExpiredError(
                f"{server} no longer takes this key: it has expired or was revoked. The upload is paused; "
                "what arrived is kept.",
                hint=f"Ask for a new key, then run: heritwin login {server} and the same upload again.",
            )
            if self.key_patience_s <= 0:
                raise error
            self.listener.note(
                f"{error.message} Log in with a new key in another window (heritwin login {server}): "
                "this goes on by itself."
            )
            until_s = time.monotonic() + self.key_patience_s
            while time.monotonic() < until_s:
                if self.stop.wait(LOOK_FOR_KEY_EVERY_S):
                    raise stopped()
                fresh = settings.kept_key(server)
                if fresh is not None and fresh != refused:
                    self.api.use_key(fresh)
                    self.good()
                    self.listener.note("Going on with the new key.")
                    return
            raise error


def stopped() -> PausedError:
    """The error of an upload that was told to stop."""
    return PausedError("The upload was stopped; what arrived is kept.", hint="Run the same command again.")
