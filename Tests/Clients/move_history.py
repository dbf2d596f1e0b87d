"""What may be read of something that is written while it is watched: is there an order in which all that was seen can have
happened, each request at one moment between its being sent and its being answered?

A key of one writer has states in the order in which they were sent, so such an order exists just where every answer is one of
them, none earlier than what was settled or seen by anybody before the request was sent. (A state that comes twice, which only
"no item" does, counts as the earliest that it may be.) A counter of several writers hands out numbers: the same holds of these.
"""

import threading


class History:
    """The states of one key in the order in which its one writer sent them."""

    def __init__(self, initial=None):
        self.states = [initial]
        # The earliest that may still be read.
        self.floor = 0
        self.lock = threading.Lock()

    def begin(self):
        """To be called before a read or a write is sent: what it may at the earliest find."""
        with self.lock:
            return self.floor

    def possible(self):
        """The states that may be there now."""
        with self.lock:
            return self.states[self.floor:]

    def send(self, state):
        """A write is sent; `settle` follows where it was answered."""
        with self.lock:
            self.states.append(state)

    def settle(self, state):
        """The writer knows: this is there, and nothing it has sent is under way. Whether that can be so."""
        with self.lock:
            if state not in self.states[self.floor:]:
                return False
            if state != self.states[-1]:
                # What was sent last did not happen and never will.
                self.states.append(state)
            self.floor = len(self.states) - 1
            return True

    def see(self, state, begun):
        """A read that began at `begun` found this. Whether that can be so."""
        with self.lock:
            for place in range(begun, len(self.states)):
                if self.states[place] == state:
                    self.floor = max(self.floor, place)
                    return True
            return False


class Tally:
    """A number that several writers count on, each time by one."""

    def __init__(self):
        self.lock = threading.Lock()
        self.numbers = set()
        self.sent = self.highest = 0

    def begin(self, counts):
        """To be called before a request is sent, which counts or reads: the number that it must find at least."""
        with self.lock:
            self.sent += counts
            return self.highest

    def see(self, number, begun, counted):
        """A request that began at `begun` was answered with this number. What is wrong with that, or None."""
        with self.lock:
            is_known = number in self.numbers
            self.highest = max(self.highest, number)
            if counted:
                self.numbers.add(number)
        if counted and is_known:
            return "was handed out twice"
        return f"came after {begun}" if number < begun + counted else None

    def possible(self):
        """The numbers that may be there: every count that was answered is in it, and those that were not may be."""
        with self.lock:
            return range(max(self.highest, len(self.numbers)), self.sent + 1)
