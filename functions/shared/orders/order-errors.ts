// The errors with which a step stops the forward path of an order. The state machine matches them by their names.

/** Another execution owns the order, or the order has ended. This execution must not change it. */
export class OrderNotMine extends Error {
  override readonly name = 'OrderNotMine';
}

/** The order's compensation has begun, and the order never goes forward again. */
export class OrderUndoing extends Error {
  override readonly name = 'OrderUndoing';
}

/** A cancel was requested before the capture. */
export class OrderCancelRequested extends Error {
  override readonly name = 'OrderCancelRequested';
}

/** The order's row contradicts itself, so that nothing may be charged for it. */
export class OrderInvalid extends Error {
  override readonly name = 'OrderInvalid';
}

/** The order does not allow this step any more: the step came late, or another execution changed the order. */
export class OrderClosed extends Error {
  override readonly name = 'OrderClosed';
}
