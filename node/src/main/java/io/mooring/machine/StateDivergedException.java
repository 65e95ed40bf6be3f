package io.mooring.machine;

/**
 * This member's state is not what its leader's is: one of them has lost or changed something that
 * was committed. The member must stop and say so; nothing that it holds may be served.
 */
public final class StateDivergedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  StateDivergedException(String message) {
    super(message);
  }
}
