package io.mooring.check;

import io.mooring.check.Operation.Outcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One key. Its state is the version that stands there: none, or one. */
final class RegisterModel implements ObjectModel<List<Version>> {

  @Override
  public List<Version> initial() {
    return List.of();
  }

  @Override
  public @Nullable List<Version> step(List<Version> state, Operation operation) {
    if (operation.observed() != null && !operation.observed().equals(state)) {
      return null;
    }
    long mod = state.isEmpty() ? 0 : state.get(0).modRevision();
    return switch (operation.kind()) {
      case GET -> state;
      case DELETE -> List.of();
      case PUT -> written(operation);
      case CAS -> {
        if (operation.outcome() == Outcome.REFUSED) {
          yield mod == operation.expectedMod() ? null : state;
        }
        yield mod == operation.expectedMod() ? written(operation) : null;
      }
      case APPEND -> throw new IllegalArgumentException("append to a register: " + operation);
    };
  }

  private static List<Version> written(Operation operation) {
    if (operation.value() == null) {
      throw new IllegalArgumentException("writes nothing: " + operation);
    }
    return List.of(new Version(operation.value(), operation.revision()));
  }
}
