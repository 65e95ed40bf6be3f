package io.mooring.it.cluster;

import com.google.protobuf.ByteString;
import java.util.Random;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The objects that clients work on.
 *
 * <pre>
 *   r/2            a register
 *   l/1/7          generation 7 of list 1; a list that is full makes way for its next generation
 *   l/1/7/c3-91    an element of it, whose value is its last part
 *   t/1            written by the same transaction as each element of list 1
 * </pre>
 */
public final class KeySpace {

  private static final int REGISTERS = 5;
  private static final int LISTS = 3;

  /** A read of a list carries all of it, so lists are kept short. */
  private static final int LIST_LIMIT = 40;

  private final AtomicIntegerArray appended = new AtomicIntegerArray(LISTS);

  public String register(Random random) {
    return "r/" + random.nextInt(REGISTERS);
  }

  public int list(Random random) {
    return random.nextInt(LISTS);
  }

  /** The list's present generation, to read from. */
  public String generation(int list) {
    return "l/" + list + "/" + appended.get(list) / LIST_LIMIT;
  }

  /** The generation that the next append goes to. */
  public String append(int list) {
    return "l/" + list + "/" + appended.getAndIncrement(list) / LIST_LIMIT;
  }

  public static String twin(int list) {
    return "t/" + list;
  }

  public static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  /** First key behind all that begin with a prefix; that of the empty prefix stands for all. */
  public static ByteString endOf(String prefix) {
    if (prefix.isEmpty()) {
      return ByteString.copyFrom(new byte[1]);
    }
    int last = prefix.length() - 1;
    return bytes(prefix.substring(0, last) + (char) (prefix.charAt(last) + 1));
  }
}
