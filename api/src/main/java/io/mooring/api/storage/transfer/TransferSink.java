package io.mooring.api.storage.transfer;

import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.Revision;
import io.mooring.api.storage.Table;

/**
 * Takes the records of a stream that has been found whole so far. Arrays are handed over. What has
 * been taken counts for nothing until {@link #end}.
 */
interface TransferSink {

  /** What the stream will bring; its byte count is not known. */
  void begin(EngineState state);

  void row(Table table, byte[] key, byte[] value);

  void seed(Revision at, byte[] key, long create, long version, long leaseId, byte[] payload);

  void put(Revision at, byte[] key, long create, long version, long leaseId, byte[] payload);

  void tombstone(Revision at, byte[] key);

  /** The stream is whole. */
  void end(EngineState state);

  /** The stream is damaged, or was given up. */
  void abandon();

  /** Looks at nothing: for a stream that is only to be verified. */
  TransferSink NOTHING =
      new TransferSink() {
        @Override
        public void begin(EngineState state) {}

        @Override
        public void row(Table table, byte[] key, byte[] value) {}

        @Override
        public void seed(
            Revision at, byte[] key, long create, long version, long leaseId, byte[] payload) {}

        @Override
        public void put(
            Revision at, byte[] key, long create, long version, long leaseId, byte[] payload) {}

        @Override
        public void tombstone(Revision at, byte[] key) {}

        @Override
        public void end(EngineState state) {}

        @Override
        public void abandon() {}
      };
}
