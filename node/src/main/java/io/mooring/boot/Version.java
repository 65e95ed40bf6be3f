package io.mooring.boot;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What this build is, and which etcd it presents itself as. */
public final class Version {

  /** The etcd release whose API is spoken; numeric, since clients parse it. */
  public static final String ETCD = "3.7.1";

  /** Cluster version: etcd's minor release. */
  public static final String ETCD_CLUSTER = "3.7.0";

  /** Our own release. */
  public static final String MOORING = load();

  private Version() {}

  private static String load() {
    try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
      Properties properties = new Properties();
      if (in != null) {
        properties.load(in);
      }
      return properties.getProperty("mooring", "unknown");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
