/** How a step of the workflow says that an order does not go on. The state machine matches the literal names. */

/** Another execution owns the order, or it has ended: this one has nothing to do with it. */
export class OrderNotMine extends Error {
  override readonly name = 'OrderNotMine';
}

/** The order is on its way back, and stays on it. */
export class OrderUndoing extends Error {
  override readonly name = 'OrderUndoing';
}

/** The customer asked to cancel before anything was captured. */
export class OrderCancelRequested extends Error {
  override readonly name = 'OrderCancelRequested';
}

/** The order's row contradicts itself, so nothing can be charged for it. */
export class OrderInvalid extends Error {
  override readonly name = 'OrderInvalid';
}

/** The order no longer takes this step: it came late, or somebody else has moved the order on. */
export class OrderClosed extends Error {
  override readonly name = 'OrderClosed';
}
