package io.mooring.peer;

import io.mooring.api.internalpb.PeerGreeting;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which process speaks for each member. A second one with the same id runs on a copy of its data
 * directory; what it promised, or forgot, is not what the other one did, so only one is heard:
 *
 * <pre>
 *   while a process speaks for a member        another one that greets
 *   from the member's address                  is refused
 *   from another address                       takes its place if it is at the member's address,
 *                                              otherwise is refused
 * </pre>
 *
 * A process that has ended leaves a stream that breaks, or falls silent; then the next one is
 * heard: after a power cut it need not wait until the stream is closed for its silence. Confined to
 * the peer loop.
 */
final class Speakers {

  private final Supplier<PeerBook> book;
  private final Map<Long, Speaker> speakers = new HashMap<>();

  /** One process, by its newest stream. */
  private record Speaker(long process, boolean atHome, Inlet stream) {}

  Speakers(Supplier<PeerBook> book) {
    this.book = book;
  }

  /**
   * Takes a stream whose greeting is right otherwise.
   *
   * @return null, or why it is refused
   */
  @Nullable String enter(PeerGreeting greeting, Inlet stream) {
    long memberId = greeting.getFrom();
    List<URI> home = book.get().urls().get(memberId);
    boolean atHome = PeerBook.reachable(greeting.getPeerUrlsList()).equals(home);
    Speaker before = speakers.get(memberId);
    long process = greeting.getProcess();
    if (before != null && before.process != process && process != 0) {
      if (!before.stream.seemsGone() && (before.atHome || !atHome)) {
        return twice(memberId);
      }
      before.stream.replaced(twice(memberId));
    }
    speakers.put(memberId, new Speaker(process, atHome, stream));
    return null;
  }

  /** A stream has ended. */
  void left(long memberId, Inlet stream) {
    Speaker speaker = speakers.get(memberId);
    if (speaker != null && speaker.stream == stream) {
      speakers.remove(memberId);
    }
  }

  private static String twice(long memberId) {
    return "member "
        + Long.toHexString(memberId)
        + " is here already, from another process; does one of them run on a copy of its data?";
  }
}
