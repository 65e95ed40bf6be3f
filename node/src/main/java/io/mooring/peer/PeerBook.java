package io.mooring.peer;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where the other members are, as the cluster has it now. Immutable.
 *
 * @param urls peer URLs of every member by its id, oneself included; never empty for any
 * @param removed ids of those that were members and never will be again
 */
public record PeerBook(Map<Long, List<URI>> urls, Set<Long> removed) {

  /** Nobody. */
  static final PeerBook EMPTY = new PeerBook(Map.of(), Set.of());

  /** Takes copies. */
  public PeerBook {
    urls = Map.copyOf(urls);
    removed = Set.copyOf(removed);
  }
}
