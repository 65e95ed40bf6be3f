package io.mooring.api.storage;

/**
 * One change: {@code main} rises once per writing request, {@code sub} counts the changes inside
 * it.
 *
 * @param main the store revision, from 2 for the first change of an empty store
 * @param sub position inside the request, from 0
 */
public record Revision(long main, int sub) implements Comparable<Revision> {

  @Override
  public int compareTo(Revision other) {
    int byMain = Long.compare(main, other.main);
    return byMain != 0 ? byMain : Integer.compare(sub, other.sub);
  }
}
