package io.mooring.machine.auth;

import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.internalpb.Command;
import io.mooring.error.AuthError;
import io.mooring.error.EtcdError;
import org.jspecify.annotations.Nullable;

/**
 * The one place that says yes or no. Commands are judged at apply, on replicated state; reads
 * against the auth table of the view that answers them. While authentication is off everything is
 * allowed, at the price of one test; what is not known to be allowed is denied.
 */
public final class Authorizer {

  private Authorizer() {}

  /** Why a command must not be applied, or null. */
  public static @Nullable EtcdError check(AuthTable auth, Command command) {
    return auth.enabled() ? check(auth, Caller.of(command), Access.of(command)) : null;
  }

  /** Why a range must not be answered, or null. */
  public static @Nullable EtcdError check(AuthTable auth, Caller caller, RangeRequest request) {
    return auth.enabled() ? check(auth, caller, Access.of(request)) : null;
  }

  /** Why a transaction must not be answered, or null. */
  public static @Nullable EtcdError check(AuthTable auth, Caller caller, TxnRequest request) {
    return auth.enabled() ? check(auth, caller, Access.of(request)) : null;
  }

  /** Why something must not be touched, or null. */
  public static @Nullable EtcdError check(AuthTable auth, Caller caller, Access access) {
    if (!auth.enabled() || access.need() == Access.Need.NOTHING) {
      return null;
    }
    return caller.user().isEmpty() ? AuthError.USER_EMPTY : AuthError.PERMISSION_DENIED;
  }
}
