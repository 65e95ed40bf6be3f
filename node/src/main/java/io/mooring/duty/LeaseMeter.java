package io.mooring.duty;

import java.util.concurrent.atomic.LongAdder;

/** What a leader's clock did to leases. Any thread reads. */
public final class LeaseMeter {

  final LongAdder renewed = new LongAdder();
  final LongAdder expired = new LongAdder();

  LeaseMeter() {}

  /** Renewals granted. */
  public long renewed() {
    return renewed.sum();
  }

  /** Leases whose time was over, and that are gone. */
  public long expired() {
    return expired.sum();
  }
}
