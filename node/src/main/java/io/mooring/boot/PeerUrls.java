package io.mooring.boot;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compares lists of peer URLs as etcd does: as they are written, and where that differs by the
 * addresses that their hosts resolve to.
 */
final class PeerUrls {

  private PeerUrls() {}

  /** Whether two lists name the same addresses, in any order. */
  static boolean same(Collection<URI> some, Collection<URI> others) {
    return Set.copyOf(some).equals(Set.copyOf(others)) || resolved(some).equals(resolved(others));
  }

  /** Why two lists are not the same, in etcd's words. */
  static String difference(Collection<URI> some, Collection<URI> others) {
    if (some.size() != others.size()) {
      return "len(%s) != len(%s)".formatted(quoted(texts(some)), quoted(texts(others)));
    }
    List<String> left = List.copyOf(resolved(some));
    List<String> right = List.copyOf(resolved(others));
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      if (!left.get(i).equals(right.get(i))) {
        return "resolved urls: \"%s\" != \"%s\"".formatted(left.get(i), right.get(i));
      }
    }
    return "resolved urls: " + quoted(left) + " != " + quoted(right);
  }

  private static String quoted(List<String> texts) {
    return "[" + String.join(" ", texts.stream().map(text -> '"' + text + '"').toList()) + "]";
  }

  static List<String> texts(Collection<URI> urls) {
    return urls.stream().map(URI::toString).sorted().toList();
  }

  private static Set<String> resolved(Collection<URI> urls) {
    Set<String> all = new TreeSet<>();
    for (URI url : urls) {
      String host = url.getHost();
      if (host == null) {
        all.add(url.toString()); // a local socket
        continue;
      }
      try {
        String address = InetAddress.getByName(host).getHostAddress();
        all.add(url.getScheme() + "://" + address + ":" + url.getPort());
      } catch (UnknownHostException e) {
        all.add(url.toString()); // equal as written, or not at all
      }
    }
    return all;
  }
}
