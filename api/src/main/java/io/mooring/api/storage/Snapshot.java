package io.mooring.api.storage;

/**
 * A read view of the newest commit at the moment it was opened, unmoved by later commits. While it
 * is open every revision in its {@code state()}'s [compactRevision, revision] stays readable. Meant
 * to be short-lived: long reads work in slices under a {@link PinRegistry.Pin}.
 */
public interface Snapshot extends VersionReader, AutoCloseable {

  @Override
  void close();
}
