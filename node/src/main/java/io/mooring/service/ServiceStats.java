package io.mooring.service;

import java.util.concurrent.atomic.LongAdder;

/** What the services count, for all client loops of a member together. Any thread. */
public final class ServiceStats {

  final LongAdder ranges = new LongAdder();
  final LongAdder txns = new LongAdder();
  final LongAdder proposalsBegun = new LongAdder();
  final LongAdder proposalsEnded = new LongAdder();
  final LongAdder proposalsFailed = new LongAdder();
  final LongAdder healthSuccesses = new LongAdder();
  final LongAdder healthFailures = new LongAdder();
}
