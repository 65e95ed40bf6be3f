package io.mooring.service;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What etcd takes for peer URLs of a new member (client/pkg/types/urls.go). */
final class PeerUrlRules {

  private PeerUrlRules() {}

  /** The URLs in the order in which they are kept; null when there are none, or one is no URL. */
  static @Nullable List<String> sorted(List<String> urls) {
    List<String> good = new ArrayList<>();
    for (String url : urls) {
      String text = url.strip();
      if (!valid(text)) {
        return null;
      }
      good.add(text);
    }
    Collections.sort(good);
    return good.isEmpty() ? null : good;
  }

  private static boolean valid(String text) {
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException e) {
      return false;
    }
    String scheme = url.getScheme();
    if (scheme == null) {
      return false;
    }
    return switch (scheme) {
      case "http", "https" -> {
        // An authority that is no host and port, such as a name with "_", has no host here.
        String authority = url.getRawAuthority();
        boolean hostAndPort = authority != null && authority.matches("(.*):[^:\\]]*");
        yield hostAndPort && (url.getPath() == null || url.getPath().isEmpty());
      }
      case "unix", "unixs" -> true;
      default -> false;
    };
  }
}
