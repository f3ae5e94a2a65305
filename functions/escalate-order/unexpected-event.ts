/** An event of another type arrived. The event rule in the template is wrong. */
export class UnexpectedEvent extends Error {
  override readonly name = 'UnexpectedEvent';
}
