package io.mooring.service;

import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.error.EtcdError;
import io.mooring.error.ServerError;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what a learner does not serve: it may be far behind, and nobody counts on it. It says how
 * it is, answers serializable ranges from what it has, and gives that away whole, as etcd does
 * (server/etcdserver/api/v3rpc/interceptor.go). Asked before every other check of a call; only that
 * its message can be decoded comes first.
 */
public final class LearnerGuard {

  /** Of a member that never is one. */
  public static final LearnerGuard NONE = new LearnerGuard(() -> false);

  private static final String STATUS = "/etcdserverpb.Maintenance/Status";
  private static final String SNAPSHOT = "/etcdserverpb.Maintenance/Snapshot";

  private final BooleanSupplier learner;

  /**
   * Creates a guard.
   *
   * @param learner whether this member is a learner now; asked for every call, on any client loop
   */
  public LearnerGuard(BooleanSupplier learner) {
    this.learner = learner;
  }

  /** Why a unary RPC is not served with this message, or null. */
  public @Nullable EtcdError unary(String path, Object request) {
    boolean serves = !learner.getAsBoolean() || isLocal(request) || path.equals(STATUS);
    return serves ? null : ServerError.LEARNER_UNSUPPORTED;
  }

  /** Why an RPC with streams is not served, whatever its messages, or null. */
  public @Nullable EtcdError stream(String path) {
    boolean serves = !learner.getAsBoolean() || path.equals(SNAPSHOT);
    return serves ? null : ServerError.LEARNER_UNSUPPORTED;
  }

  private static boolean isLocal(Object request) {
    return request instanceof RangeRequest range && range.getSerializable();
  }
}
