package io.mooring.boot.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads URL lists by etcd's rules. */
final class Urls {

  private Urls() {}

  /** URLs to listen on: an IP address or localhost, a port, nothing more. */
  static List<URI> listen(Setting setting) {
    List<URI> urls = list(setting, setting.value());
    for (URI url : urls) {
      String host = url.getHost();
      // digits and dots alone: URI accepts them only as an IPv4 address
      boolean literal = host.startsWith("[") || host.matches("[0-9.]+");
      if (!host.equals("localhost") && !literal) {
        throw setting.refuse("host must be an IP address or localhost");
      }
    }
    return urls;
  }

  /** URLs told to others: any host. */
  static List<URI> advertise(Setting setting) {
    return list(setting, setting.value());
  }

  /** Reads one list that is part of a setting. */
  static List<URI> list(Setting setting, String text) {
    List<URI> urls = new ArrayList<>();
    Set<URI> seen = new HashSet<>();
    for (String part : text.split(",", -1)) {
      URI url = one(setting, part.strip());
      if (!seen.add(url)) {
        throw setting.refuse("the same URL is given twice");
      }
      urls.add(url);
    }
    return List.copyOf(urls);
  }

  private static URI one(Setting setting, String text) {
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException e) {
      throw setting.refuse("must be a list of URLs like http://127.0.0.1:2379");
    }
    String scheme = url.getScheme();
    if (scheme == null || !Set.of("http", "https", "unix", "unixs").contains(scheme)) {
      throw setting.refuse("must be a list of URLs like http://127.0.0.1:2379");
    }
    if (!scheme.equals("http")) {
      throw setting.refuse("scheme " + scheme + " is not supported by this version, only http");
    }
    if (url.getHost() == null || url.getPort() < 0) {
      throw setting.refuse("must have a host (name, IP address or localhost) and a port");
    }
    if (url.getPort() > 65535) {
      throw setting.refuse("port must be at most 65535");
    }
    boolean more =
        !url.getPath().isEmpty()
            || url.getRawQuery() != null
            || url.getRawFragment() != null
            || url.getRawUserInfo() != null;
    if (more) {
      throw setting.refuse("must be scheme, host and port alone, without a path");
    }
    return url;
  }
}
