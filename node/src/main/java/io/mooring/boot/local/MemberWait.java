package io.mooring.boot.local;

import io.mooring.boot.StartException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/** Waits until a member answers and knows a leader, or its process has ended. */
final class MemberWait {

  private static final long LOOK_MS = 100;
  private static final int TAIL_LINES = 8;

  private final Vertx vertx;
  private final Context loop;
  private final MemberClient client;
  private final LocalMember member;
  private final Promise<Void> ready = Promise.promise();

  // The loop's.
  private boolean ended;
  private boolean asking;

  /** Begins at once. */
  MemberWait(Vertx vertx, MemberClient client, LocalMember member) {
    this.vertx = vertx;
    this.loop = vertx.getOrCreateContext();
    this.client = client;
    this.member = member;
    loop.runOnContext(begin -> look());
  }

  /** Fails with what the member has said last when its process ends. */
  Future<Void> ready() {
    return ready.future();
  }

  /** Asks no more. Waits for the loop, so that nothing is asked when this returns. */
  void end() {
    Promise<Void> done = Promise.promise();
    loop.runOnContext(
        now -> {
          ended = true;
          done.complete();
        });
    done.future().toCompletionStage().toCompletableFuture().join();
  }

  private void look() {
    if (ended) {
      return;
    }
    if (MemberHandle.find(member) == null) {
      ended = true;
      ready.tryFail(
          new StartException(
              "cluster: " + member.name() + " has ended; its log says:\n" + tail(member)));
      return;
    }
    if (!asking) {
      ask();
    }
    vertx.setTimer(LOOK_MS, again -> look());
  }

  /** One question at a time; the process is looked at meanwhile. */
  private void ask() {
    asking = true;
    client
        .status(member.clientPort())
        .onComplete(
            status -> {
              asking = false;
              if (status.succeeded() && status.result().getLeader() != 0) {
                ended = true;
                ready.tryComplete();
              }
            });
  }

  private static String tail(LocalMember member) {
    try {
      List<String> lines = Files.readAllLines(member.logFile());
      return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return "(" + member.logFile() + " cannot be read: " + e.getMessage() + ")";
    }
  }
}
