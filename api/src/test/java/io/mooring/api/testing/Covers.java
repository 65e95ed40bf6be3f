package io.mooring.api.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the promises, invariants and bad inputs (P1, S5, B12 and so on) that a test proves. The
 * build collects them into the coverage table and fails for an id that is neither covered nor put
 * off with a reason. Naming is not proving: an assertion of the test must fail when the promise is
 * broken.
 */
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface Covers {
  /** The ids. */
  String[] value();
}
