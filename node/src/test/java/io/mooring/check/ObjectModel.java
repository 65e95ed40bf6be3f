package io.mooring.check;

import org.jspecify.annotations.Nullable;

/**
 * What an object does, one operation at a time: the specification that a history is held against.
 *
 * @param <S> its state; immutable, with equals and hashCode
 */
interface ObjectModel<S> {

  /** Before any operation. */
  S initial();

  /** The state after an operation, or null when it could not have answered so in this state. */
  @Nullable S step(S state, Operation operation);
}
