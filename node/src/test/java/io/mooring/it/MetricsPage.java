package io.mooring.it;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** A rendered metrics page, taken apart. */
final class MetricsPage {

  private final Map<String, String> types = new TreeMap<>();
  private final Map<String, Double> values = new TreeMap<>();

  private MetricsPage(String text) {
    for (String line : text.split("\n", -1)) {
      if (line.startsWith("# TYPE ")) {
        String[] words = line.split(" ", -1);
        types.put(words[2], words[3]);
      } else if (!line.startsWith("#") && !line.isBlank()) {
        int space = line.lastIndexOf(' ');
        values.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
      }
    }
  }

  /** Fetches the page of a server. */
  static MetricsPage of(int port) {
    return new MetricsPage(get(port, "/metrics"));
  }

  /** The body behind a path, whatever the status. */
  static String get(int port, String path) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(ServerProcess.url(port) + path)).build();
      return HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .build()
          .send(request, HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Types by the names of families. */
  Map<String, String> types() {
    return types;
  }

  /** All samples of a family together: of a histogram, how many values there were. */
  double total(String family) {
    String name = "histogram".equals(types.get(family)) ? family + "_count" : family;
    double total = 0;
    for (Map.Entry<String, Double> sample : values.entrySet()) {
      if (sample.getKey().equals(name) || sample.getKey().startsWith(name + "{")) {
        total += sample.getValue();
      }
    }
    return total;
  }

  /** The value of one series, exactly as printed. */
  double value(String series) {
    Double value = values.get(series);
    if (value == null) {
      throw new AssertionError("no series " + series);
    }
    return value;
  }

  /** Whether there is such a series. */
  boolean has(String series) {
    return values.containsKey(series);
  }

  /** Upper bounds of a histogram. */
  SortedSet<Double> bounds(String family) {
    SortedSet<Double> bounds = new TreeSet<>();
    for (String series : values.keySet()) {
      if (series.startsWith(family + "_bucket{")) {
        int from = series.indexOf("le=\"") + 4;
        String bound = series.substring(from, series.indexOf('"', from));
        bounds.add("+Inf".equals(bound) ? Double.POSITIVE_INFINITY : Double.parseDouble(bound));
      }
    }
    return bounds;
  }

  /** Names of the families whose samples did not grow. */
  static List<String> still(Iterable<String> families, MetricsPage before, MetricsPage after) {
    List<String> still = new java.util.ArrayList<>();
    for (String family : families) {
      if (after.total(family) <= before.total(family)) {
        still.add(family);
      }
    }
    return still;
  }
}
