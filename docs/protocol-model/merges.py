#!/usr/bin/env python3
"""The order saga with five states instead of six, each way of merging two (ADR 0056). The rules and the model are check.py's.

  merges.py [ask|prove|mutate]      all three, or one: what each way gives up beside the protocol; the whole protocol with each
                                    way; the best way without one rule at a time, and the stream's without the one that it stands on

A merged Task is one function with the effects of two states, one after the other. It can stop between them, a repeat begins with
its first effect, and a late call goes on with its second.
"""
import sys, time
from functools import partial
from multiprocessing import Pool
import check
from check import (ATTN, AU, AUTH, BU, C0, C1, CALM, CAP, CAPTURING, COMP, DEAD, ENDED, ENV, FAIL, FULL, FWD, HELD, K, LIMIT, MA, N, OP,
                   PAY, PH, PROC, PY, RI, RULES, RV, SK, SMALL, ST, TWO, UNDOING, V, ASSIGNED, Broken, Model, show)

W, P = 17, 18                                            # two more effects: note the capture, publish within CompleteOrder's Task
PAID = 3                                                 # phase: the capture is noted on the order
check.TASK += [''] * 2 + ['CapturePayment(note)', 'CompleteOrder(publish)']


class Six(Model):
    """The workflow as it is. fault: which of the faults of Tasks may strike, told by step, fault and order. without: what else does
    not happen, by the beginning of its name. never: what must not be, told by an order's core."""
    functions = {'complete': (K,), 'notify': (N,), 'authorize': (AU,), 'claim': (V,)}

    def __init__(self, rules, fault=None, without=(), never=None, told=False, **bounds):
        self.fault, self.without, self.never, self.told = fault, without, never, told
        super().__init__(rules, **bounds)

    def moves(self, order, s, need, zfree):
        core, ex, zo = order
        out = super().moves(order, s, need, zfree)
        for slot, x in enumerate(ex):                    # fails before its effect, in a function that then begins again
            op = x & OP
            if op and x not in (ASSIGNED, ENDED) and not x & DEAD and op in self.AGAIN and (self.o['at'] is None or op in self.o['at']):
                again = self.norm(core, ex[:slot] + (x & ~OP | self.AGAIN[op],) + ex[slot + 1:], zo)
                out.append(((op, slot, 'fails, is repeated'), ENV, again, s))
        return [m for m in out if not (isinstance(m[0][0], str) and m[0][0].startswith(self.without) if self.without else False)
                and not (self.fault and isinstance(m[0][0], int) and m[1] == ENV and not self.fault(m[0][0], m[0][2], core))]

    def wrong(self, state, ledgers):
        return super().wrong(state, ledgers) or next((bad for c, _, _ in state[0] if self.never and (bad := self.never(c))), None)

    def ending(self, state):
        return None if self.told and all(c[ST] in (COMP, FAIL, ATTN) for c, _, _ in state[0]) else super().ending(state)


class CaptureAndComplete(Six):
    """One function captures, and then sells the stock with the status COMPLETED."""
    AGAIN, THEN = Model.AGAIN | {K: C0}, Model.THEN | {C1: K}


class CaptureNoteAndComplete(Six):
    """The same, with a write between: phase -> CAPTURED. A repeat that finds it does not ask the provider again."""
    OK, NO, CATCH = Model.OK | {C1: W, W: K}, Model.NO | {W: BU}, Model.CATCH | {W: BU}
    AGAIN, THEN, GOTO = Model.AGAIN | {W: C0, K: C0}, Model.THEN | {C1: W, W: K}, Model.GOTO | {'noted': K}

    def effect(self, op, e, mem, core, s, need):
        st, ph, cr, ow = core[:4]
        mine = st == PROC and ow == e
        captures = CAPTURING if 'capture-gate' in self.r else FWD
        if op == W:
            noted = core[:PH] + (PAID,) + core[PH + 1:]
            return [('ok', noted, s, 0)] if mine and ph in (captures, PAID) else [('no', core, s, 0)]
        if op == C0 and ph == PAID:
            return [('noted' if mine else 'no', core, s, 0)]
        if op == K and ph == captures:
            return [('no', core, s, 0)]
        return super().effect(op, e, mem, core, s, need)


class CompleteInNotify(Six):
    """The function notify sells the stock with the status COMPLETED, and then publishes."""
    functions = Six.functions | {'notify': (K, N, P)}
    OK, CATCH, AGAIN = Model.OK | {K: P, P: ENDED}, Model.CATCH | {P: BU}, Model.AGAIN | {P: K}
    NEVER_LATE = Model.NEVER_LATE + (P,)

    def effect(self, op, *rest):
        return super().effect(N if op == P else op, *rest)


class NotifyFromTheStream(Six):
    """The execution ends with COMPLETED. The table's stream invokes notify, and what it loses stays due."""
    OK = Model.OK | {K: ENDED}

    def moves(self, order, s, need, zfree):
        core, ex, zo = order
        sent = self.norm(core[:check.DU] + (0,) + core[check.HI:], ex, zo)
        return super().moves(order, s, need, zfree) + ([(('the stream sends the notification',), ENV, sent, s)] if core[check.DU] else [])


class ClaimAndAuthorize(Six):
    """One function claims the order, checks it and authorizes. What fails permanently is undone."""
    functions = Six.functions | {'authorize': (V, AU), 'claim': (V, AU)}
    CATCH, AGAIN, THEN = Model.CATCH | {V: BU}, Model.AGAIN | {AU: V}, Model.THEN | {V: AU}


class ClaimAndAuthorizeOrEscalate(ClaimAndAuthorize):
    """The same. What fails permanently is escalated."""
    CATCH = ClaimAndAuthorize.CATCH | {V: MA, AU: MA}


class ChargeOnce(Six):
    """Reserves first, and then authorizes and captures in one call of the provider."""
    functions = Six.functions | {'authorize': (C1,)}
    OK = Model.OK | {V: RV}

    def effect(self, op, e, mem, core, s, need):
        if op != C1 or core[PY] and not (core[PY] == CAP and 'pay-key' not in self.r):
            return super().effect(op, e, mem, core, s, need)
        if core[PY] == CAP:
            raise Broken('a second charge for one order')
        if core[SK] != HELD and core[PH] != UNDOING:
            raise Broken('money captured without stock in hand')
        paid = core[:PY] + (CAP,) + core[PY + 1:]
        return [('ok', paid, s, 0)] + ([('no', core, s, 1)] if self.o['decline'] else [])


WAYS = [Six, CaptureAndComplete, CaptureNoteAndComplete, CompleteInNotify, NotifyFromTheStream, ClaimAndAuthorize,
        ClaimAndAuthorizeOrEscalate, ChargeOnce]
BEST = CaptureNoteAndComplete
QUIET = dict(CALM, zombies=0, abort=0, eventlost=0, stock=(2, 1))

# What six states promise beside the protocol: an order meets these faults only, and this must hold.
def permanently(function):
    return lambda way: lambda op, fault, core: op in way.functions[function] and fault == 'fails permanently'

def unpaid_stock(core):
    if core[ST] == PROC and core[PH] != UNDOING and core[SK] == HELD and core[PY] not in (AUTH, CAP):
        return f'stock is reserved, payment {PAY[core[PY]]}'

ASK = [  # promise, the faults, bounds
    ('once it is captured, conflicts while completing and a provider that is down never undo an order',
     lambda way: lambda op, fault, core: op == K and fault == 'fails, is repeated' or op == C1 and core[PY] == CAP and fault == 'fails permanently',
     dict(QUIET, only=1)),
    ('a notify function that fails permanently never fails a paid order', permanently('notify'), dict(QUIET, only=1)),
    ('an authorization that fails permanently is undone without an operator', permanently('authorize'),
     dict(QUIET, never=lambda core: 'NEEDS_ATTENTION' if core[ST] == ATTN else None)),
    ('a claim that fails permanently is told by its own execution, without reconcile', permanently('claim'),
     dict(QUIET, without=('reconcile', 'operator'), told=True)),
    ('stock is reserved only for an order whose money is held', None, dict(QUIET, exhaust=0, decline=1, never=unpaid_stock)),
]
# What falls, and is meant to: the reasons of ADR 0056. NotifyFromTheStream and the best way give up no promise of these.
GIVEN_UP = dict(zip(['CaptureAndComplete', 'CompleteInNotify', 'ClaimAndAuthorizeOrEscalate', 'ClaimAndAuthorize', 'ChargeOnce'], [a[0] for a in ASK]))

PROVE = [  # name, bounds
    ('1 order, all faults, 1 late call', dict(zombies=1, live=1, suspect=0)),
    ('1 order, all faults, reconcile resumes even live orders', dict(zombies=0, live=2)),
    ('1 order, answers lost or late but never given up: always COMPLETED', dict(CALM, zombies=2, abort=0, exhaust=0, stock=(2, 1), only=1)),
    ('2 orders for the last unit, faults at every stock step, 1 late call', dict(TWO, zombies=1, abort=0, cancel=0, at=(RV, RI, K, BU))),
    ('2 orders for the last unit, no fault: exactly one sold', dict(TWO, zombies=0, abort=0, cancel=0, at=(), only=1)),
]


def tasks_of(mode):
    asked = [('ask', way, name, FULL, dict(bounds, fault=faults and faults(way))) for name, faults, bounds in ASK for way in WAYS]
    prove = [('prove', way, name, FULL, bounds) for way in WAYS[1:] for name, bounds in PROVE]
    less = [(BEST, rule) for rule in RULES] + [(NotifyFromTheStream, 'notification-due')]
    mutate = [('mutate', way, rule, FULL - {rule}, None) for way, rule in less]
    return {'ask': asked, 'prove': prove, 'mutate': mutate}.get(mode) or asked + prove + mutate

def run(mode, place):
    kind, way, name, rules, bounds = tasks_of(mode)[place]       # by its place, because another process has no lambdas sent to it
    began = time.time()
    for bounds in SMALL if kind == 'mutate' else [bounds]:
        r = way(rules, always=kind != 'mutate', **bounds).explore(LIMIT)
        if r['bad']:
            break
    return kind, way.__name__, name, r, time.time() - began

def main(mode):
    heads = {'ask': 'ASK: what each way gives up beside the protocol', 'prove': 'PROVE: the whole protocol with each way',
             'mutate': 'MUTATE: one rule less'}
    began, unexpected = time.time(), 0
    with Pool(2, maxtasksperchild=1) as pool:
        for kind, way, name, r, took in pool.imap(partial(run, mode), range(len(tasks_of(mode)))):
            if kind in heads:
                print('\n' + heads.pop(kind))
            if kind == 'mutate':
                show(f'{way} without {name}: {RULES[name]}', r)
                unexpected += not r['bad']
            else:
                given_up = GIVEN_UP.get(way) == name
                print(f'  {"BAD" if r["bad"] else "ok "} {way}, {name}: {r["states"]:,} states, {r["edges"]:,} edges, depth {r["depth"]}, {took:.0f} s')
                if r['bad']:
                    show('given up' if given_up else 'NOT EXPECTED', r)
                unexpected += bool(r['bad']) != given_up
            sys.stdout.flush()
    print(f'\n{f"{unexpected} NOT as expected" if unexpected else "all as expected"}; {time.time() - began:.0f} s')
    return bool(unexpected)

if __name__ == '__main__':
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else 'all'))
