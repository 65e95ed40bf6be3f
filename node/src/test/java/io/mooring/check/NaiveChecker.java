package io.mooring.check;

import io.mooring.check.Operation.Kind;
import io.mooring.check.Operation.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The obvious checker that the clever one is compared with: tries every order of every subset that
 * could have happened. For one object and a handful of operations; shares no code with the search.
 */
final class NaiveChecker {

  private final List<Operation> operations;
  private final Map<String, Long> mods = new HashMap<>();

  private NaiveChecker(List<Operation> operations) {
    this.operations = operations;
  }

  /** Whether some order explains the operations. */
  static boolean linearizable(List<Operation> operations) {
    NaiveChecker checker = new NaiveChecker(operations);
    List<Operation> remaining = new ArrayList<>();
    for (Operation operation : operations) {
      boolean unknownRead = operation.kind() == Kind.GET && operation.outcome() == Outcome.UNKNOWN;
      if (operation.outcome() != Outcome.FAILED && !unknownRead) {
        remaining.add(operation);
      }
    }
    return checker.modsAgree() && checker.anyOrder(remaining, List.of());
  }

  /** Each value has one mod revision, and each mod revision one value. */
  private boolean modsAgree() {
    Map<Long, String> values = new HashMap<>();
    for (Operation operation : operations) {
      List<Version> told = new ArrayList<>();
      if (operation.observed() != null) {
        told.addAll(operation.observed());
      }
      if (operation.outcome() == Outcome.DONE && operation.value() != null) {
        told.add(new Version(operation.value(), operation.revision()));
      }
      for (Version version : told) {
        Long mod = mods.put(version.value(), version.modRevision());
        String value = values.put(version.modRevision(), version.value());
        if ((mod != null && mod != version.modRevision())
            || (value != null && !value.equals(version.value()))) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean anyOrder(List<Operation> remaining, List<Version> state) {
    if (remaining.stream().noneMatch(Operation::answered)) {
      return true;
    }
    for (Operation next : remaining) {
      boolean tooLate = remaining.stream().anyMatch(other -> other.returnNs() < next.callNs());
      List<Version> after = tooLate ? null : after(state, next);
      if (after != null) {
        List<Operation> rest = new ArrayList<>(remaining);
        rest.remove(next);
        if (anyOrder(rest, after)) {
          return true;
        }
      }
    }
    return false;
  }

  private @Nullable List<Version> after(List<Version> state, Operation operation) {
    List<Version> after = new ArrayList<>(state);
    boolean holds = (state.isEmpty() ? 0 : state.get(0).modRevision()) == operation.expectedMod();
    switch (operation.kind()) {
      case GET -> {}
      case DELETE -> after.clear();
      case PUT -> {
        after.clear();
        after.add(written(operation));
      }
      case APPEND -> after.add(written(operation));
      case CAS -> {
        if (holds == (operation.outcome() == Outcome.REFUSED)) {
          return null;
        }
        if (holds) {
          after.clear();
          after.add(written(operation));
        }
      }
    }
    List<Version> shown = operation.kind() == Kind.APPEND ? after : state;
    return operation.observed() == null || operation.observed().equals(shown) ? after : null;
  }

  private Version written(Operation operation) {
    String value = String.valueOf(operation.value());
    long mod =
        operation.outcome() == Outcome.DONE
            ? operation.revision()
            : mods.getOrDefault(value, -1L - operation.client());
    return new Version(value, mod);
  }
}
