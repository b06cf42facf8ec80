/** How a delivery ended: it arrived, all attempts failed or the server stopped, or its target must not be reached. */
export type DeliveryEnd = 'delivered' | 'given_up' | 'refused';

/** Is told what happens to deliveries, to measure it; must not throw. */
export interface DeliveryObserver {
  /** It is pending from now on, until it ends. */
  onTaken(): void;
  /** Too many were pending, or the server stops: it was never taken. */
  onDropped(): void;
  /** An attempt failed and another one follows. */
  onRetry(): void;
  /** @param seconds since it was taken, all attempts and pauses included */
  onEnd(end: DeliveryEnd, seconds: number): void;
}
