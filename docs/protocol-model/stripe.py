#!/usr/bin/env python3
"""The Stripe adapter's own rule, checked in every interleaving: which intent is the order's payment.

check.py takes the provider for one payment of the order, changed atomically. Stripe offers intents, of which there may
be several, and idempotency keys that it forgets after a day. The adapter makes one payment of them by the order's row:
an intent's id is kept there *before* the intent is confirmed, and the first id stays. Here authorizations, captures and
undos run at the same time, any call may be lost before or after its effect (the caller begins again, or dies), and
Stripe may forget the key at any moment, or refuse to create an intent at all.

    python3 stripe.py            # proves the rule, then takes each part of it away and shows what follows
"""
import sys

INTENTS = 3  # as many as there can be: one for each process that finds the row empty and the key forgotten
NONE = "none"  # kept instead of an id when Stripe refuses to create: closed without an intent

RULES = {
    "first id stays": "keep overwrites the id that is there",
    "keep before confirm": "confirm the intent just created, and keep its id afterwards",
    "act on the kept one": "go on with the intent just created, whatever was kept",
    "void of nothing closes": "undo finds no id on the row and takes that for nothing to undo",
}


def steps(state, off):
    """Every state that one step leads to, with the name of the step."""
    row, key, intents, processes = state

    def become(n, process, row=row, key=key, intents=intents, dies=True):
        kind = process[0]
        outcomes = [process]
        if dies:  # the answer is lost: begin again, or die
            outcomes += [(kind, "read", None), (kind, "dead", None)]
        for outcome in outcomes:
            yield row, key, intents, processes[:n] + (outcome,) + processes[n + 1 :]

    if key is not None:
        yield "forget the key", (row, None, intents, processes)
    for n, (kind, at, mine) in enumerate(processes):
        name = f"{kind}{n} {at}"
        if at == "read":
            if row == NONE:
                follow = (kind, "done" if kind == "undo" else "closed", None)
            elif row is not None:
                follow = (kind, "act", row)
            elif kind == "capture":
                follow = (kind, "closed", None)
            elif kind == "undo" and "void of nothing closes" in off:
                follow = (kind, "done", None)
            else:
                follow = (kind, "create", None)
            yield from ((name, s) for s in become(n, follow, dies=False))
        elif at == "create":
            after = "act" if "keep before confirm" in off and kind == "authorize" else "keep"
            if key is not None:
                yield from ((name, s) for s in become(n, (kind, after, key)))
            elif len(intents) < INTENTS:
                made = len(intents)
                yield from (
                    (name, s) for s in become(n, (kind, after, made), key=made, intents=intents + ("new",))
                )
            if kind == "undo":
                yield from ((name + " refused", s) for s in become(n, (kind, "keep", NONE)))
        elif at == "keep":
            kept = mine if row is None or "first id stays" in off else row
            on = mine if "act on the kept one" in off else kept
            if on == NONE:
                follow = (kind, "done" if kind == "undo" else "closed", None)
            elif "keep before confirm" in off and kind == "authorize":
                follow = (kind, "done", None)
            else:
                follow = (kind, "act", on)
            yield from ((name, s) for s in become(n, follow, row=kept))
        elif at == "act":
            was = intents[mine]
            now, follow = was, "done"
            if kind == "authorize":
                if was == "new":
                    now = "held"
                elif was in ("canceled", "refunded"):
                    follow = "closed"
                if follow == "done" and "keep before confirm" in off and row is None:
                    follow = "keep"
            elif kind == "capture":
                if was == "held":
                    now = "captured"
                elif was != "captured":
                    follow = "closed"
            else:  # cancel what holds nothing or a hold, refund what was captured
                now = {"new": "canceled", "held": "canceled", "captured": "refunded"}.get(was, was)
            changed = intents[:mine] + (now,) + intents[mine + 1 :]
            process = (kind, follow, mine if follow == "keep" else None)
            yield from ((name, s) for s in become(n, process, intents=changed))


def wrong(state):
    """What is wrong with a state, if anything."""
    _, _, intents, processes = state
    if sum(intent in ("held", "captured", "refunded") for intent in intents) > 1:
        return "money hung on two intents"
    undone = any(kind == "undo" and at == "done" for kind, at, _ in processes)
    at_rest = all(at in ("done", "closed", "dead") for _, at, _ in processes)
    if undone and at_rest and any(intent in ("held", "captured") for intent in intents):
        return "undone, and money is held or taken"
    return None


def explore(processes, off=frozenset()):
    start = (None, None, (), tuple((kind, "read", None) for kind in processes))
    came_from = {start: None}
    frontier = [start]
    while frontier:
        following = []
        for state in frontier:
            for name, after in steps(state, off):
                if after in came_from:
                    continue
                came_from[after] = (name, state)
                if wrong(after):
                    trace, at = [wrong(after)], after
                    while came_from[at]:
                        step, at = came_from[at]
                        trace.append(step)
                    return len(came_from), list(reversed(trace))
                following.append(after)
        frontier = following
    return len(came_from), None


RUNS = [
    ("authorize", "authorize", "undo"),
    ("authorize", "capture", "undo"),
    ("authorize", "authorize", "undo", "undo"),
    ("authorize", "authorize", "capture", "undo"),
]


def main():
    failed = False
    for run in RUNS:
        count, trace = explore(run)
        failed |= trace is not None
        print(f"{' + '.join(run)}: {count} states, {'COUNTEREXAMPLE ' + ' > '.join(trace) if trace else 'holds'}")
    for rule, without in RULES.items():
        traces = [trace for run in RUNS if (trace := explore(run, frozenset([rule]))[1])]
        failed |= not traces
        print(f"without '{rule}' ({without}):")
        print(f"  {' > '.join(min(traces, key=len)) if traces else 'NO COUNTEREXAMPLE: the rule is not necessary'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
