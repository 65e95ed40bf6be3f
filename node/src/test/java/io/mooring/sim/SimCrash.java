package io.mooring.sim;

/** The simulated process died at this call. Only the harness catches it. */
public final class SimCrash extends Error {

  private static final long serialVersionUID = 1L;

  /** Dies without a stack, since it happens thousands of times. */
  public SimCrash() {
    super("simulated crash", null, false, false);
  }
}
