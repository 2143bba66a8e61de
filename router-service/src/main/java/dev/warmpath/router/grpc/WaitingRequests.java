package dev.warmpath.router.grpc;

import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.router.route.WaitingLimits;
import dev.warmpath.router.route.WaitingQueue;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.RouteRequest;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/**
 * Requests that found every target beyond its limits and wait until one can take them, for a time.
 * Any thread adds, and a caller that cancels leaves; one thread at a time calls {@link #serve}.
 * Nothing blocks for longer than it takes to place a request.
 */
final class WaitingRequests {
  /*
   * Waiting is one entry in a queue of the model, no thread. Whoever serves tries them in order,
   * past those that still find no target: a request that only few targets can take must not hold up
   * the others. So a request that comes while others wait goes behind them, and is tried in its turn.
   *
   * Whatever was let in is answered by whoever serves, so that no call is answered twice.
   */

  /** Places a request, or refuses it. */
  @FunctionalInterface
  interface Placing {
    /**
     * Answers the call.
     *
     * @param booked hears of the booking before the answer is sent
     * @return false when every target is beyond its limits; then the call is not answered
     */
    boolean place(
        RouteRequest request, ServerCallStreamObserver<RouteReply> call, LongConsumer booked);
  }

  private final LongPredicate cancel;
  private final LongSupplier nowNanos;
  private final RouteCounters counters;
  private final Placing placing;
  private final AtomicInteger waiting = new AtomicInteger();

  /** Guarded by itself. */
  private final Map<String, WaitingQueue<Waiter>> queues = new HashMap<>();

  /** Those that had to make room; guarded by {@link #queues}. */
  private final List<Waiter> displaced = new ArrayList<>();

  /**
   * @param cancel ends a booking whose caller has gone
   */
  WaitingRequests(
      LongPredicate cancel, LongSupplier nowNanos, RouteCounters counters, Placing placing) {
    this.cancel = cancel;
    this.nowNanos = nowNanos;
    this.counters = counters;
    this.placing = placing;
  }

  /** How many wait. */
  int size() {
    return waiting.get();
  }

  /** Whether a request for a model must go behind others. */
  boolean isAwaited(String model) {
    if (waiting.get() == 0) {
      return false;
    }
    synchronized (queues) {
      return queues.containsKey(model);
    }
  }

  /**
   * Lets a request wait; on the thread of its call, before the call's method returns. Refuses what
   * has no room.
   *
   * @param limits of its model; not off
   */
  void add(RouteRequest request, ServerCallStreamObserver<RouteReply> call, WaitingLimits limits) {
    long now = nowNanos.getAsLong();
    Waiter waiter = new Waiter(request, call, now);
    call.setOnCancelHandler(waiter::cancel);
    Waiter last;
    synchronized (queues) {
      WaitingQueue<Waiter> queue =
          queues.computeIfAbsent(request.getModel(), _ -> new WaitingQueue<>());
      last =
          queue.add(
              waiter,
              request.getPriority(),
              now + waitNanos(request, limits),
              limits.maxRequests());
      if (last == null) {
        waiting.incrementAndGet();
      } else if (last != waiter) {
        displaced.add(last);
      }
    }
    if (last == waiter) {
      refuseForFullQueue(waiter);
    }
  }

  private void refuseForFullQueue(Waiter waiter) {
    counters.refusedForFullQueue();
    waiter.call.onError(GrpcErrors.queueFull(waiter.request.getModel()));
  }

  /** How long a request may wait; 0 for not at all. */
  static long waitNanos(RouteRequest request, WaitingLimits limits) {
    if (limits.maxRequests() == 0) {
      return 0;
    }
    return request.hasMaxWaitMs()
        ? Math.min(TimeUnit.MILLISECONDS.toNanos(request.getMaxWaitMs()), limits.maxWaitNanos())
        : limits.maxWaitNanos();
  }

  /** Places those that find a target by now, and refuses those that have waited long enough. */
  void serve() {
    List<String> models;
    List<Waiter> refused;
    synchronized (queues) {
      models = List.copyOf(queues.keySet());
      refused = List.copyOf(displaced);
      displaced.clear();
    }
    refused.stream().filter(waiter -> !waiter.answered).forEach(this::refuseForFullQueue);
    models.forEach(this::serve);
  }

  private void serve(String model) {
    refuseOverdue(model);
    List<Waiter> inOrder;
    synchronized (queues) {
      WaitingQueue<Waiter> queue = queues.get(model);
      inOrder = queue == null ? List.of() : queue.inOrder();
    }
    int vainTries = 0;
    for (Waiter waiter : inOrder) {
      if (waiter.isCancelled()) {
        leave(waiter);
      } else if (place(waiter)) {
        waiter.answered = true;
        leave(waiter);
        counters.waited(nowNanos.getAsLong() - waiter.sinceNanos);
      } else if (++vainTries == WaitingQueue.MAX_VAIN_TRIES) {
        return;
      }
    }
  }

  /** A request that cannot be placed for a fault goes, so that the next round gets past it. */
  private boolean place(Waiter waiter) {
    try {
      return placing.place(waiter.request, waiter.call, waiter::booked);
    } catch (RuntimeException e) {
      leave(waiter);
      waiter.answered = true;
      waiter.endBooking();
      waiter.call.onError(Status.INTERNAL.withCause(e).asRuntimeException());
      throw e;
    }
  }

  private void refuseOverdue(String model) {
    long now = nowNanos.getAsLong();
    List<Waiter> overdue = new ArrayList<>();
    synchronized (queues) {
      WaitingQueue<Waiter> queue = queues.get(model);
      if (queue != null) {
        overdue.addAll(queue.removeOverdue(now));
        forgetIfEmpty(model, queue);
      }
    }
    for (Waiter waiter : overdue) {
      waiting.decrementAndGet();
      counters.refusedAfterWaiting();
      waiter.call.onError(
          GrpcErrors.waitedTooLong(model, TimeUnit.NANOSECONDS.toMillis(now - waiter.sinceNanos)));
    }
  }

  private boolean leave(Waiter waiter) {
    String model = waiter.request.getModel();
    synchronized (queues) {
      WaitingQueue<Waiter> queue = queues.get(model);
      if (queue == null || !queue.remove(waiter)) {
        return false;
      }
      waiting.decrementAndGet();
      forgetIfEmpty(model, queue);
      return true;
    }
  }

  private void forgetIfEmpty(String model, WaitingQueue<Waiter> queue) {
    if (queue.size() == 0) {
      queues.remove(model);
    }
  }

  /** One call that waits. Its caller may cancel at any time, also while it is placed. */
  private final class Waiter {
    private final RouteRequest request;
    private final ServerCallStreamObserver<RouteReply> call;
    private final long sinceNanos;

    /** Only for whoever serves. */
    private boolean answered;

    private long bookingId = Decision.NOT_BOOKED;
    private boolean cancelled;

    Waiter(RouteRequest request, ServerCallStreamObserver<RouteReply> call, long sinceNanos) {
      this.request = request;
      this.call = call;
      this.sinceNanos = sinceNanos;
    }

    synchronized boolean isCancelled() {
      return cancelled;
    }

    synchronized void booked(long id) {
      bookingId = id;
      endIfCancelled();
    }

    void cancel() {
      if (leave(this)) {
        counters.cancelledWhileWaiting();
      }
      endBooking();
    }

    /** Nobody will report on its booking, be it made or yet to come. */
    synchronized void endBooking() {
      cancelled = true;
      endIfCancelled();
    }

    private void endIfCancelled() {
      if (cancelled && bookingId != Decision.NOT_BOOKED) {
        var _ = cancel.test(bookingId);
      }
    }
  }
}
