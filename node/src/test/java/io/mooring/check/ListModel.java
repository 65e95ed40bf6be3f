package io.mooring.check;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A prefix under which every append puts a key of its own, read in order of mod revision. */
final class ListModel implements ObjectModel<ListModel.State> {

  /**
   * A list that shares its beginning with the one it grew from.
   *
   * @param size elements in it
   * @param last newest element; null when empty
   * @param before the list without it
   * @param hash of all elements
   */
  record State(int size, @Nullable Version last, @Nullable State before, int hash) {

    State append(Version element) {
      return new State(size + 1, element, this, 31 * hash + element.hashCode());
    }

    boolean holds(List<Version> elements) {
      State at = this;
      int i = elements.size();
      boolean same = i == size;
      while (same && at.before != null) {
        same = elements.get(--i).equals(at.last);
        at = at.before;
      }
      return same;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      if (!(other instanceof State that) || that.hash != hash || that.size != size) {
        return false;
      }
      State a = this;
      State b = that;
      while (a != b && a.last != null && a.last.equals(b.last)) {
        if (a.before == null || b.before == null) {
          return a.before == b.before;
        }
        a = a.before;
        b = b.before;
      }
      return a == b || (a.last == null && b.last == null);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  @Override
  public State initial() {
    return new State(0, null, null, 1);
  }

  @Override
  public @Nullable State step(State state, Operation operation) {
    return switch (operation.kind()) {
      case GET -> operation.observed() == null || state.holds(operation.observed()) ? state : null;
      case APPEND -> {
        if (operation.value() == null) {
          throw new IllegalArgumentException("appends nothing: " + operation);
        }
        State next = state.append(new Version(operation.value(), operation.revision()));
        yield operation.observed() == null || next.holds(operation.observed()) ? next : null;
      }
      case PUT, CAS, DELETE -> throw new IllegalArgumentException("not of a list: " + operation);
    };
  }
}
