/** A rule leads events here that are not about executions: the template is wrong. */
export class UnexpectedEvent extends Error {
  override readonly name = 'UnexpectedEvent';
}
