/** A channel of a notification failed. The message goes back to the queue. */
export class NotDelivered extends Error {
  override readonly name = 'NotDelivered';
  constructor(noticeId: string) {
    super(`notification ${noticeId} was not delivered on every channel`);
  }
}

/** The invocation may end before the message is dealt with. It goes back to the queue untouched. */
export class TimeIsShort extends Error {
  override readonly name = 'TimeIsShort';
}
