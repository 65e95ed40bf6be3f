package io.mooring.watch;

import io.mooring.apply.ChangeEvent;
import io.mooring.base.WireBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An event on its way to watchers of one hub, encoded at its first match and shared by all others.
 * The encoding is a whole element of {@code WatchResponse.events}, so that a response is its head
 * followed by these, end to end:
 *
 * <pre>
 *   | 5a | length | 08 01 (a delete) | 12 | length | KeyValue | 1a | length | previous KeyValue |
 * </pre>
 */
final class SharedEvent {

  private static final int EVENTS_TAG = 0x5a;
  private static final int TYPE_TAG = 0x08;
  private static final int KV_TAG = 0x12;
  private static final int PREV_KV_TAG = 0x1a;
  private static final int KEY_TAG = 0x0a;
  private static final int MOD_REVISION_TAG = 0x18;

  private final long revision;
  private final ChangeEvent change;
  private byte @Nullable [] plain;
  private byte @Nullable [] withPrevKv;

  SharedEvent(long revision, ChangeEvent change) {
    this.revision = revision;
    this.change = change;
  }

  long revision() {
    return revision;
  }

  ChangeEvent change() {
    return change;
  }

  /** The encoded element. Shared: not to be changed. */
  byte[] encoded(boolean prevKv) {
    byte[] previous = prevKv ? change.prevKv() : null;
    if (previous != null) {
      if (withPrevKv == null) {
        withPrevKv = encode(previous);
      }
      return withPrevKv;
    }
    if (plain == null) {
      plain = encode(null);
    }
    return plain;
  }

  private byte[] encode(byte @Nullable [] previous) {
    byte[] key = change.key();
    int kvBytes =
        change.delete()
            ? fieldBytes(key.length) + 1 + WireBuffer.varintSize(revision)
            : change.kv().length;
    int eventBytes =
        (change.delete() ? 2 : 0)
            + fieldBytes(kvBytes)
            + (previous == null ? 0 : fieldBytes(previous.length));
    byte[] to = new byte[fieldBytes(eventBytes)];
    int at = varint(to, put(to, 0, EVENTS_TAG), eventBytes);
    if (change.delete()) {
      at = put(to, put(to, at, TYPE_TAG), 1);
    }
    at = varint(to, put(to, at, KV_TAG), kvBytes);
    if (change.delete()) {
      at = bytes(to, varint(to, put(to, at, KEY_TAG), key.length), key);
      at = varint(to, put(to, at, MOD_REVISION_TAG), revision);
    } else {
      at = bytes(to, at, change.kv());
    }
    if (previous != null) {
      bytes(to, varint(to, put(to, at, PREV_KV_TAG), previous.length), previous);
    }
    return to;
  }

  private static int fieldBytes(int length) {
    return 1 + WireBuffer.varintSize(length) + length;
  }

  private static int put(byte[] to, int at, int value) {
    to[at] = (byte) value;
    return at + 1;
  }

  private static int bytes(byte[] to, int at, byte[] from) {
    System.arraycopy(from, 0, to, at, from.length);
    return at + from.length;
  }

  private static int varint(byte[] to, int from, long value) {
    int at = from;
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      to[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    to[at++] = (byte) rest;
    return at;
  }
}
