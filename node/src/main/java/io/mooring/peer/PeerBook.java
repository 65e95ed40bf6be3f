package io.mooring.peer;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Collection;
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

  /** Those of some texts that are the URL of a host and a port; any text may be in a table. */
  public static List<URI> reachable(Collection<String> texts) {
    List<URI> urls = new ArrayList<>();
    for (String text : texts) {
      try {
        URI url = new URI(text);
        if (url.getHost() != null && url.getPort() > 0) {
          urls.add(url);
        }
      } catch (URISyntaxException e) {
        // Nobody is reached by it.
      }
    }
    return urls;
  }
}
