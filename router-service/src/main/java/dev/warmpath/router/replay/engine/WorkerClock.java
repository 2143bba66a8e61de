package dev.warmpath.router.replay.engine;

/**
 * Which worker has something to do next. At one instant steps end before any begin, so that a step
 * takes in all that has come by then; within these, the lowest number comes first. One thread.
 */
public final class WorkerClock {
  /** {@link #first} when no worker has anything to do. */
  public static final int NOBODY = -1;

  private final EngineWorker[] workers;
  private final long[] nanos;
  private final boolean[] ends;

  /** A binary heap of worker numbers, and where in it each worker is. */
  private final int[] heap;

  private final int[] places;

  /** A clock for workers that have nothing to do. */
  public WorkerClock(EngineWorker... workers) {
    this.workers = workers.clone();
    this.nanos = new long[workers.length];
    this.ends = new boolean[workers.length];
    this.heap = new int[workers.length];
    this.places = new int[workers.length];
    for (int i = 0; i < workers.length; i++) {
      nanos[i] = EngineWorker.IDLE;
      heap[i] = i;
      places[i] = i;
    }
  }

  /** Asks a worker when its next moment is. */
  public void update(int worker) {
    nanos[worker] = workers[worker].nextNanos();
    ends[worker] = workers[worker].isStepping();
    siftDown(siftUp(places[worker]));
  }

  /** The worker whose moment comes first; {@link #NOBODY} for none. */
  public int first() {
    return heap.length == 0 || nanos[heap[0]] == EngineWorker.IDLE ? NOBODY : heap[0];
  }

  /** The moment of the first worker; {@link EngineWorker#IDLE} for none. */
  public long firstNanos() {
    return heap.length == 0 ? EngineWorker.IDLE : nanos[heap[0]];
  }

  /** Whether the moment of the first worker is an end of steps. */
  public boolean firstEnds() {
    return ends[heap[0]];
  }

  private int siftUp(int from) {
    int place = from;
    while (place > 0 && isBefore(heap[place], heap[(place - 1) >>> 1])) {
      swap(place, (place - 1) >>> 1);
      place = (place - 1) >>> 1;
    }
    return place;
  }

  private void siftDown(int from) {
    int place = from;
    for (int child = 2 * place + 1; child < heap.length; child = 2 * place + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) {
        child++;
      }
      if (!isBefore(heap[child], heap[place])) {
        return;
      }
      swap(place, child);
      place = child;
    }
  }

  private boolean isBefore(int one, int other) {
    if (nanos[one] != nanos[other]) {
      return nanos[one] < nanos[other];
    }
    return ends[one] != ends[other] ? ends[one] : one < other;
  }

  private void swap(int one, int other) {
    int worker = heap[one];
    heap[one] = heap[other];
    heap[other] = worker;
    places[heap[one]] = one;
    places[heap[other]] = other;
  }
}
