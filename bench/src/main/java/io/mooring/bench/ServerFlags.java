package io.mooring.bench;

/** How {@code ./mooring} starts the server: what is measured runs likewise. */
final class ServerFlags {

  static final String COLLECTOR = "-XX:+UseParallelGC";
  static final String NIO = "--add-opens=java.base/java.nio=ALL-UNNAMED";
  static final String NIO_CHANNEL = "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED";

  private ServerFlags() {}
}
