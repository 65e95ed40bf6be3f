package io.mooring.tidy;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The table of what lives where and what it must never know. A package is named with its
 * subpackages ({@code a.b..}) or alone ({@code a.b}).
 */
final class ImportRules {

  /**
   * One row.
   *
   * @param scope classes it is about
   * @param only when not empty, everything it may know; all else is forbidden
   * @param never what it may not know
   */
  record Row(String scope, List<String> only, List<String> never) {
    static Row never(String scope, String... never) {
      return new Row(scope, List.of(), List.of(never));
    }

    static Row only(String scope, String... only) {
      return new Row(scope, List.of(only), List.of());
    }
  }

  private static final String M = "io.mooring.";
  private static final String ENGINE = M + "api.storage..";
  private static final String VERTX = "io.vertx..";
  private static final String PROTOBUF = "com.google.protobuf..";
  private static final String[] NODE = {
    M + "apply..", M + "boot..", M + "duty..", M + "error..", M + "log..", M + "loop..",
    M + "machine..", M + "raft..", M + "read..", M + "service..", M + "watch..", M + "wire.."
  };

  /** Everything above {@code loop}, {@code error} and {@code base}. */
  private static final String[] ABOVE_LOOP = {
    M + "apply..",
    M + "boot..",
    M + "duty..",
    M + "log..",
    M + "machine..",
    M + "raft..",
    M + "read..",
    M + "service..",
    M + "watch..",
    M + "wire..",
    ENGINE
  };

  /** The ways into stored keys. */
  private static final String[] READING = {
    M + "api.storage.Snapshot",
    M + "api.storage.WriteBatch",
    M + "api.storage.VersionReader",
    M + "api.storage.VersionCursor",
    M + "api.storage.ChangeCursor",
    M + "api.storage.TableCursor"
  };

  /** The table of the architecture. */
  static final List<Row> TABLE =
      List.of(
          Row.never(ENGINE, join(NODE, PROTOBUF, VERTX, M + "storage..", M + "base..")),
          Row.never(M + "storage..", join(NODE, PROTOBUF, VERTX, M + "base..")),
          Row.never(M + "storage.memory..", M + "storage.lmdb..", M + "storage.rocksdb.."),
          Row.never(M + "storage.lmdb..", M + "storage.memory..", M + "storage.rocksdb.."),
          Row.never(M + "storage.rocksdb..", M + "storage.lmdb..", M + "storage.memory.."),
          Row.only(M + "raft.core..", "java..", M + "base..", M + "raft.core..", "org.jspecify.."),
          Row.never(
              M + "raft.core..",
              "java.io..",
              "java.nio.channels..",
              "java.nio.file..",
              "java.net..",
              "java.time..",
              "java.util.concurrent..",
              "java.lang.Thread",
              "java.util.Random"),
          Row.never(
              M + "raft",
              M + "wire..",
              M + "service..",
              M + "machine.mvcc..",
              M + "machine.lease..",
              M + "machine.auth..",
              M + "machine.cluster.."),
          Row.never(M + "log..", M + "machine..", M + "wire..", M + "service.."),
          // Commands are machine's. Its mvcc knows etcd's requests, and no message of ours: ranges,
          // compares and transactions are those requests, and a second set of the same fields
          // would have to be kept in step with them.
          Row.never(M + "machine.mvcc..", M + "api.internalpb.."),
          Row.never(
              M + "machine..",
              VERTX,
              M + "raft..",
              M + "loop..",
              M + "apply..",
              M + "service..",
              M + "wire..",
              "java.time..",
              "java.util.Random",
              "java.util.concurrent.ThreadLocalRandom",
              "java.security.SecureRandom"),
          Row.never(M + "apply..", M + "wire..", M + "service.."),
          Row.never(M + "watch..", M + "raft..", M + "wire.."),
          // Duties load leases from the View's table, which is a persistent tree.
          Row.never(M + "duty..", join(READING, M + "machine.mvcc..", M + "wire..")),
          // Services show the engine's figures; reading it is the affair of read and apply.
          Row.never(M + "service..", join(READING, "io.vertx.core.http..", "io.vertx.core.net..")),
          Row.never(M + "read..", M + "wire..", M + "service..", M + "raft.."),
          Row.never(M + "wire..", M + "raft..", M + "machine..", ENGINE),
          Row.never(
              M + "peer..", M + "machine..", M + "service..", M + "wire..", M + "apply..", ENGINE),
          Row.never(
              M + "transfer..",
              M + "service..",
              M + "wire..",
              M + "duty..",
              M + "watch..",
              M + "read..",
              M + "boot.."),
          Row.never(M + "loop..", ABOVE_LOOP),
          Row.never(M + "error..", join(ABOVE_LOOP, M + "loop..")),
          Row.never(M + "base..", join(ABOVE_LOOP, M + "loop..", M + "error..")));

  /** Vert.x's engine room: only where style 2.2 says, and in {@code *Verticle} classes. */
  private static final List<String> VERTX_INSIDE =
      List.of(
          "io.vertx.core.Vertx",
          "io.vertx.core.Context",
          "io.vertx.core.http..",
          "io.vertx.core.net..",
          "io.vertx.core.internal..",
          "io.vertx.ext.web..",
          "io.vertx.grpc..");

  private static final List<String> VERTX_INSIDE_ALLOWED =
      List.of(M + "loop..", M + "wire..", M + "peer..", M + "boot..", M + "bench..");

  private ImportRules() {}

  /** Broken rows, one line for each pair of classes. */
  static Set<String> violations(Iterable<JavaClass> classes, List<Row> table) {
    Set<String> faults = new TreeSet<>();
    for (JavaClass from : classes) {
      for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
        JavaClass to = dependency.getTargetClass().getBaseComponentType();
        if (to.isPrimitive()) {
          continue;
        }
        for (Row row : table) {
          if (matches(row.scope(), from) && forbidden(row, to)) {
            faults.add(from.getName() + " must not know " + to.getName());
          }
        }
        if (matchesAny(VERTX_INSIDE, to)
            && !matchesAny(VERTX_INSIDE_ALLOWED, from)
            && !topLevel(from).endsWith("Verticle")) {
          faults.add(from.getName() + " must not know " + to.getName());
        }
      }
    }
    return faults;
  }

  private static boolean forbidden(Row row, JavaClass to) {
    if (!row.only().isEmpty() && !matchesAny(row.only(), to)) {
      return true;
    }
    return matchesAny(row.never(), to) && !matches(row.scope(), to);
  }

  private static boolean matchesAny(List<String> patterns, JavaClass one) {
    for (String pattern : patterns) {
      if (matches(pattern, one)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(String pattern, JavaClass one) {
    if (pattern.endsWith("..")) {
      String prefix = pattern.substring(0, pattern.length() - 2);
      return one.getPackageName().equals(prefix) || one.getPackageName().startsWith(prefix + ".");
    }
    return one.getPackageName().equals(pattern) || topLevel(one).equals(pattern);
  }

  private static String topLevel(JavaClass one) {
    String name = one.getName();
    int dollar = name.indexOf('$');
    return dollar < 0 ? name : name.substring(0, dollar);
  }

  private static String[] join(String[] many, String... more) {
    String[] all = java.util.Arrays.copyOf(many, many.length + more.length);
    System.arraycopy(more, 0, all, many.length, more.length);
    return all;
  }
}
