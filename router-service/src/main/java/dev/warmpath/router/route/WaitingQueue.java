package dev.warmpath.router.route;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What waits for a target of one model: by priority, and among equals in the order in which it
 * came. One thread at a time.
 */
public final class WaitingQueue<T> {
  /** Requests that may be tried in vain before the rest waits for the next time. */
  public static final int MAX_VAIN_TRIES = 256;

  private final TreeSet<Place<T>> places =
      new TreeSet<>(
          Comparator.<Place<T>, Integer>comparing(Place::priority, Comparator.reverseOrder())
              .thenComparingLong(place -> place.order));
  private long nextOrder;

  /** No later than the first deadline of those that wait; means nothing when none do. */
  private long earliestNanos;

  /** How many wait. */
  public int size() {
    return places.size();
  }

  /** Those that wait, the first first. */
  public List<T> inOrder() {
    return places.stream().map(Place::item).toList();
  }

  /**
   * Lets something in.
   *
   * @param priority greater goes first
   * @param deadlineNanos when it has waited long enough
   * @param limit how many may wait, at least 1
   * @return what must go in its stead when there are more: what would go last, which may be the
   *     newcomer itself; null when there is room
   */
  public @Nullable T add(T item, int priority, long deadlineNanos, int limit) {
    if (places.isEmpty() || deadlineNanos - earliestNanos < 0) {
      earliestNanos = deadlineNanos;
    }
    places.add(new Place<>(item, priority, nextOrder++, deadlineNanos));
    return places.size() <= limit ? null : places.removeLast().item;
  }

  /**
   * Tries what waits, in order, and takes out what was placed.
   *
   * @param placed tries one; must leave the queue as it is
   * @param vainTries how many may be tried in vain before the rest waits on, at least 1
   */
  public void serve(Predicate<T> placed, int vainTries) {
    int vain = 0;
    for (Iterator<Place<T>> all = places.iterator(); vain < vainTries && all.hasNext(); ) {
      if (placed.test(all.next().item)) {
        all.remove();
      } else {
        vain++;
      }
    }
  }

  /** Takes something out. Returns false when it is not in. */
  public boolean remove(T item) {
    return places.removeIf(place -> place.item.equals(item));
  }

  /** Takes out what has waited long enough. */
  public List<T> removeOverdue(long nowNanos) {
    if (places.isEmpty() || nowNanos - earliestNanos < 0) {
      return List.of();
    }
    List<T> overdue = new ArrayList<>();
    long afterFirst = Long.MAX_VALUE;
    for (Iterator<Place<T>> all = places.iterator(); all.hasNext(); ) {
      Place<T> place = all.next();
      long leftNanos = place.deadlineNanos - nowNanos;
      if (leftNanos <= 0) {
        overdue.add(place.item);
        all.remove();
      } else {
        afterFirst = Math.min(afterFirst, leftNanos);
      }
    }
    earliestNanos = nowNanos + afterFirst;
    return overdue;
  }

  private record Place<T>(T item, int priority, long order, long deadlineNanos) {}
}
