package dev.warmpath.router.route;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What waits for a target of one model: by priority, and among equals in the order in which it
 * came. One thread at a time.
 */
public final class WaitingQueue<T> {
  private final TreeSet<Place<T>> places =
      new TreeSet<>(
          Comparator.<Place<T>, Integer>comparing(Place::priority, Comparator.reverseOrder())
              .thenComparingLong(place -> place.order));
  private long nextOrder;

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
    places.add(new Place<>(item, priority, nextOrder++, deadlineNanos));
    return places.size() <= limit ? null : places.removeLast().item;
  }

  /** Takes something out. Returns false when it is not in. */
  public boolean remove(T item) {
    return places.removeIf(place -> place.item.equals(item));
  }

  /** Takes out what has waited long enough. */
  public List<T> removeOverdue(long nowNanos) {
    List<T> overdue = new ArrayList<>();
    for (Iterator<Place<T>> all = places.iterator(); all.hasNext(); ) {
      Place<T> place = all.next();
      if (nowNanos - place.deadlineNanos >= 0) {
        overdue.add(place.item);
        all.remove();
      }
    }
    return overdue;
  }

  private record Place<T>(T item, int priority, long order, long deadlineNanos) {}
}
