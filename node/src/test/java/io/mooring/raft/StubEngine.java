package io.mooring.raft;

import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.EngineStats;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.Peek;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.WriteBatch;

/** An engine as far as consensus looks at one: where it stands, and what a crash would keep. */
final class StubEngine implements MvccEngine {

  volatile EngineState state;
  volatile long durableIndex;

  StubEngine(EngineState state) {
    this.state = state;
    this.durableIndex = state.appliedIndex();
  }

  @Override
  public EngineState state() {
    return state;
  }

  @Override
  public long durableIndex() {
    return durableIndex;
  }

  @Override
  public long sync() {
    durableIndex = state.appliedIndex();
    return durableIndex;
  }

  @Override
  public void close() {}

  @Override
  public String name() {
    return "stub";
  }

  @Override
  public WriteBatch begin() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Snapshot snapshot() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Peek peek(byte[] key, long atRevision) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean heapResident() {
    return true;
  }

  @Override
  public boolean maintain() {
    return false;
  }

  @Override
  public long reclaimedRevision() {
    return -1;
  }

  @Override
  public EngineStats stats() {
    throw new UnsupportedOperationException();
  }
}
