#!/usr/bin/env python3
"""The delivery of one notification on one channel, in every interleaving: writes 18 to 21 of protocol.md.

The queue may give the message to several workers at once, and gives it again until a worker lets it be deleted. A worker
may die at any moment, and an answer of the table or of the provider may be lost, before or after its effect. A write
that was on its way when its worker died may land at any later moment. The time of a worker is over only when it has
ended, which is what Lambda's own timeout makes sure of.

    python3 delivery.py          # proves the rules, then takes each of them away and shows what follows
"""
import sys

WORKERS = 3  # receives of the message; a fourth finds no state that three do not

RULES = {
    "email": {
        "record before send": "send first, and write the record afterwards",
        "wait for the living": "begin also while another worker may live",
        "take over from the dead": "an e-mail whose worker died is left alone",
        "end only one's own": "write how an attempt ended over the record of another",
        "delete when done": "a message is deleted although its delivery failed",
    },
    "sms": {
        "record before send": "send first, and write the record afterwards",
        "never take over": "an SMS whose worker died is sent again",
        "unclear is UNKNOWN": "an SMS whose answer was lost is taken for failed",
        "end only one's own": "write how an attempt ended over the record of another",
    },
}

# A state is (row, taken, deleted, faults, late, workers). The row is None or (status, attempt). `taken` counts what the
# provider took. `late` holds writes of dead workers that may still land. A worker is (place, what it knows); its attempt
# is its index.
START = (None, 0, False, 0, (), (("waiting", None),) * WORKERS)
ENDED = ("gone", "dead")
DONE = ("SENT", "UNKNOWN")


def steps(state, channel, off, faulty=True, only=None):
    row, taken, deleted, faults, late, workers = state

    def become(n, place, knows=None, row=row, taken=taken, deleted=deleted, faults=faults, late=late):
        return row, taken, deleted, faults, late, workers[:n] + ((place, knows),) + workers[n + 1 :]

    def is_over(attempt):
        return workers[attempt][0] in ENDED

    def may_begin():
        if row is None or row[0] == "FAILED":
            return True
        if row[0] != "SENDING":
            return False
        if "wait for the living" in off:
            return True
        takes_over = "take over from the dead" not in off if channel == "email" else "never take over" in off
        return takes_over and is_over(row[1])

    def may_end(attempt):
        return "end only one's own" in off or row == ("SENDING", attempt)

    def settle(n, status):
        """The worker has done what it could. The message is deleted when the delivery has come to its end."""
        done = status in DONE or "delete when done" in off
        return become(n, "gone", deleted=deleted or done)

    for at, (status, attempt) in enumerate(late):
        rest = late[:at] + late[at + 1 :]
        landed = (status, attempt) if may_end(attempt) else row
        yield f"late {status} of {attempt}", (landed, taken, deleted, faults, rest, workers)

    for n, (place, knows) in enumerate(workers):
        if only is not None and n != only:
            continue
        first = "send" if "record before send" in off else "begin"
        if place == "waiting":
            if not deleted or faulty:  # the queue may give a message again that is deleted already
                yield f"{n} receives", become(n, first)
            continue
        if place in ENDED:
            continue
        if faulty:
            on_its_way = ((knows, n),) if place == "end" else ()
            yield f"{n} dies at {place}", become(n, "dead", faults=faults + 1, late=tuple(sorted(late + on_its_way)))
        if place == "begin":
            if may_begin():
                yield f"{n} begins", become(n, "send", row=("SENDING", n))
            elif row[0] != "SENDING":
                yield f"{n} finds {row[0]}", settle(n, row[0])
            elif channel == "sms" and is_over(row[1]):
                yield f"{n} gives up", become(n, "gone", row=("UNKNOWN", row[1]), deleted=True)
            else:
                yield f"{n} finds another at it", become(n, "gone")
        elif place == "send":
            yield f"{n} sends", become(n, "end", "SENT", taken=taken + 1)
            if faulty:
                unclear = "UNKNOWN" if channel == "sms" and "unclear is UNKNOWN" not in off else "FAILED"
                yield f"{n} is refused", become(n, "end", "FAILED")
                yield f"{n} sends, answer lost", become(n, "end", unclear, taken=taken + 1, faults=faults + 1)
                yield f"{n} does not send, answer lost", become(n, "end", unclear, faults=faults + 1)
        elif place == "end":
            after = (knows, n) if may_end(n) or "record before send" in off else row
            yield f"{n} writes {knows}", become(n, "told", knows, row=after)
        elif place == "told":
            yield f"{n} ends", settle(n, knows)


def finishes(state, channel, off):
    """Where one more receive ends that meets no fault, from a state in which nobody is at work."""
    at = state[:5] + (state[5] + (("waiting", None),),)
    last = len(at[5]) - 1
    while True:
        following = [after for name, after in steps(at, channel, off, faulty=False, only=last) if "late" not in name]
        if not following:
            return at
        at = following[0]


def wrong(state, channel, off, before=None):
    row, taken, deleted, faults, _, workers = state
    status = row[0] if row else None
    if before and before[0] and before[0][0] in DONE and row != before[0]:
        return f"{before[0][0]} did not stay"
    if status == "SENT" and taken == 0:
        return "the record says SENT, and nothing was"
    if channel == "sms" and taken > 1:
        return "an SMS was sent twice"
    if channel == "email" and taken > 1 + faults:
        return "an e-mail was sent twice without a crash or a lost answer"
    if channel == "email" and deleted and taken == 0:
        return "the message is deleted, and no e-mail was sent"
    if channel == "sms" and deleted and status not in DONE:
        return "the message is deleted, and the record has no end"
    if not deleted and all(place in ENDED for place, _ in workers):
        end = finishes(state, channel, off)
        if not end[2]:
            return "the message never comes to its end"
    return None


def explore(channel, off=frozenset()):
    came_from, frontier = {START: None}, [START]
    while frontier:
        following = []
        for state in frontier:
            for name, after in steps(state, channel, off):
                bad = wrong(after, channel, off, state)
                if after in came_from and not bad:
                    continue
                if bad:
                    trace, at = [bad, name], state
                    while came_from[at]:
                        step, at = came_from[at]
                        trace.append(step)
                    return len(came_from), list(reversed(trace))
                came_from[after] = (name, state)
                following.append(after)
        frontier = following
    return len(came_from), None


def main():
    failed = False
    for channel, rules in RULES.items():
        count, trace = explore(channel)
        failed |= trace is not None
        print(f"{channel}: {count:,} states, {'COUNTEREXAMPLE ' + ' > '.join(trace) if trace else 'holds'}")
        for rule, without in rules.items():
            _, trace = explore(channel, frozenset([rule]))
            failed |= trace is None
            print(f"  without '{rule}' ({without}):")
            print(f"    {' > '.join(trace) if trace else 'NO COUNTEREXAMPLE: the rule is not necessary'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
